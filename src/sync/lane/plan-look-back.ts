// Pure: a copy of an older request may have arrived after a newer one, so the sender reads the record once its time is over
// (R3).
import type { StoredLane } from '../../store/rows.js'
import { isDue } from '../backoff.js'
import type { LaneContext, Reading } from './context.js'
import { again, type Decision, later, read, search, sendNew } from './decision.js'
import { dueFind, lookBack, lookBackDueAtMs } from './look-back.js'
import { baseFrom } from './settle.js'

export function planLookBack({ row }: StoredLane, context: LaneContext, reading?: Reading): Decision {
  const dueAtMs = lookBackDueAtMs(row)!
  if (!isDue(dueAtMs, context.nowMs, context.requestTimeoutMs)) return later(dueAtMs)
  const find = dueFind(row, context)
  if (find) {
    const { op, finds: editId, older: sent } = find.due
    // Its own record stays, and after a deletion none.
    const keeps = op === 'delete' ? null : context.remoteId
    // The answer says that no copy is left.
    const isAnswered = reading?.by && isDue(find.due.dueAtMs, reading.atMs, context.requestTimeoutMs)
    if (isAnswered || !context.canFind || keeps === undefined) return again({ row: find.left })
    return search(row, { by: 'edit', editId: editId!, sent, keeps })
  }
  if (!context.canRead) return again({ row: { ...row, lookBacks: undefined } })
  // A copy that came after the read began is not in its answer.
  if (!reading || !isDue(dueAtMs, reading.atMs, context.requestTimeoutMs)) return read(row, true)
  const { resend, deletes, row: left } = lookBack(row, reading, context)
  // It stays out of sight meanwhile (G2).
  const unversioned = { ...reading, version: undefined }
  if (deletes) return sendNew(left, { op: 'delete', editIds: [], patch: {} }, context, { ...unversioned, record: null })
  if (!Object.keys(resend).length) return again({ row: baseFrom(left, reading) })
  // Values that are being put right are not shown in between (G2).
  const shown = { ...unversioned, record: { ...reading.record, ...resend } }
  return sendNew(left, { op: 'update', editIds: [], patch: resend }, context, shown)
}
