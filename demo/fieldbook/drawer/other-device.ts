/* Another device: it writes to the server, past this page. */
import type { App, Job } from '../app.js'
import type { ServerControl } from './server-control.js'

type StoredJob = Job & { objectId: string }

/** Its work: the job that it wrote, and the name that a person knows it by. */
export interface OthersWork {
  id: string
  title: string
}

const office = ' (seen by the office)'

/** Changes the title of the job that is shown, or of the first one. */
export async function changeElsewhere(control: ServerControl, shownId: string): Promise<OthersWork> {
  const job = await jobOf(control, shownId)
  const title = job.title.endsWith(office) ? job.title.slice(0, -office.length) : job.title + office
  await control.ask('PUT', `/tables/Job/${job.objectId}`, { title })
  return { id: job.objectId, title }
}

export async function addElsewhere(control: ServerControl): Promise<OthersWork> {
  const title = 'Job from the office'
  const due = new Date().toISOString().slice(0, 10)
  const { objectId } = await control.ask<StoredJob>('POST', '/tables/Job', { title, due, status: 'planned' })
  return { id: objectId, title }
}

/** Deletes the job that is shown, or the first one. */
export async function deleteElsewhere(control: ServerControl, shownId: string): Promise<OthersWork> {
  const { objectId: id, title } = await jobOf(control, shownId)
  await control.ask('DELETE', `/tables/Job/${id}`)
  return { id, title }
}

/** This device asks for the job at once, as it does by itself some time later. */
export async function lookNow(app: App, id: string): Promise<void> {
  // Without a network it sees the work later: it tries again by itself.
  await app
    .table('Job')
    .refresh([id])
    .catch(() => {})
}

async function jobOf(control: ServerControl, shownId: string): Promise<StoredJob> {
  const jobs = await control.ask<StoredJob[]>('GET', '/tables/Job')
  const job = jobs.find(({ objectId }) => objectId === shownId) ?? jobs[0]
  if (!job) throw new Error('There is no job on the server: add one first.')
  return job
}
