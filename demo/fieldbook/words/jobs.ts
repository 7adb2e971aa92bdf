/* Jobs, in plain words. */
import type { JobStatus } from '../app.js'

const statuses: { readonly [status in JobStatus]: string } = { planned: 'Planned', started: 'Started', done: 'Done' }

export const jobStatuses = Object.entries(statuses) as readonly [JobStatus, string][]

/** A status that a newer version of the app has made stays as it is. */
export function wordOfStatus(status: string): string {
  return statuses[status as JobStatus] ?? status
}

const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const fullDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })

/** "1 Dec" of `2026-12-01`, for a list. */
export function dayOf(due: string | null): string {
  return textOf(day, due) ?? '–'
}

/** "1 Dec 2026" of `2026-12-01`; another text stays as it is. */
export function fullDayOf(due: string): string {
  return textOf(fullDay, due) ?? due
}

function textOf(format: Intl.DateTimeFormat, due: string | null): string | undefined {
  const time = Date.parse(`${due ?? ''}T12:00:00`)
  return Number.isNaN(time) ? undefined : format.format(time)
}
