// Pure: the version that a request is made on (R24).
import { opOf } from '../../model/edit.js'
import { type Failure, isStale } from '../../model/failure.js'
import type { Attempt, RecordRow } from '../../store/rows.js'
import type { LaneContext, Reading } from './context.js'

type Asking = Pick<LaneContext, 'versions' | 'conflicts' | 'canRead'>

/** None goes out where nothing is compared: nobody could go on after a refusal of it. */
export function versionsIn({ versions, conflicts, canRead }: Asking): LaneContext['versions'] {
  return canRead && conflicts === 'compare' ? versions : undefined
}

/** The version of what the request was compared with: the reading, or else the base. */
export function versionToSend(
  row: Pick<RecordRow, 'base' | 'version'>,
  context: Asking,
  reading?: Reading,
): string | undefined {
  const version = reading ? reading.version : row.base ? row.version : undefined
  return version !== undefined && versionsIn(context)?.isOwn(version) ? version : undefined
}

/** Whether the refusal says only that the record has changed since, or that a version is missing: no verdict. */
export function isRefusedAsStale(attempt: Attempt, failure: Failure | undefined, context: Asking): boolean {
  if (!failure || !isStale(failure) || opOf(attempt) === 'create') return false
  return attempt.version !== undefined || versionsIn(context) !== undefined
}
