/* Jobs, in plain words. */
import type { JobStatus } from '../app.js'

const statuses: { readonly [status in JobStatus]: string } = { planned: 'Planned', started: 'Started', done: 'Done' }

export const jobStatuses = Object.entries(statuses) as readonly [JobStatus, string][]

export function wordOfStatus(status: JobStatus): string {
  return statuses[status] ?? 'Planned'
}

const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })

/** "1 Dec" of `2026-12-01`. */
export function dayOf(due: string | null): string {
  const time = Date.parse(`${due ?? ''}T12:00:00`)
  return Number.isNaN(time) ? '–' : day.format(time)
}
