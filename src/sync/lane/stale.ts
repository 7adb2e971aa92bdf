// Pure: what a refused version shows, of the record and of the backend (R24).
import { own } from '../../model/own.js'
import type { State } from '../../model/record.js'
import { equal } from '../../model/same.js'
import type { Attempt, RecordRow, StoredLane, VersionLesson } from '../../store/rows.js'
import type { LaneContext, Shown } from './context.js'
import { noteStray } from './look-back.js'

/** So many unfounded refusals in a row show that the backend refuses the version that it gives. */
const mostUnfounded = 3

/** The row without the attempt, and what is known of versions from here on. `reading` is absent where the record cannot be read. */
export function withoutStale(
  { row }: StoredLane,
  attempt: Attempt,
  context: LaneContext,
  reading?: Shown,
): { row: RecordRow; known: LaneContext; versions: VersionLesson | undefined } {
  const isUnfounded = !!reading && (reading.version === attempt.version || !differing(row.base, reading).length)
  const unfounded = isUnfounded ? (row.unfounded ?? 0) + 1 : undefined
  const isOff = unfounded !== undefined && unfounded >= mostUnfounded
  return {
    row: noteStray({ ...row, attempt: undefined, unfounded }, attempt, context.requestTimeoutMs),
    known: isOff ? { ...context, versions: undefined } : context,
    versions: isOff || (reading && !isUnfounded) ? lessonOf(attempt, context, isOff) : undefined,
  }
}

/** `undefined`: nothing new. */
export function lessonOf(
  { version }: Attempt,
  { versions, nowMs }: LaneContext,
  isOff = false,
): VersionLesson | undefined {
  if (!versions) return undefined
  const { by, isProved } = versions
  if (isOff) return { by, isProved, offAtMs: nowMs }
  return isProved || version === undefined ? undefined : { by, isProved: true }
}

/** The properties that have other values in the record than in the base. */
export function differing(base: State, { record }: Shown): string[] {
  const names = new Set([...Object.keys(base ?? {}), ...Object.keys(record)])
  return [...names].filter((name) => !equal(own(base, name), own(record, name)))
}
