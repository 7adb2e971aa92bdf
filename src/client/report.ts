// Floor 5: the report for a support ticket, with no value of the person's in it.
import type { Endpoint } from '../endpoint/endpoint.js'
import type { LiveViews } from '../live/live.js'
import { coded, NotLoggedInError } from '../model/errors.js'
import type { Fault } from '../model/fault.js'
import type { Json, Properties, State } from '../model/record.js'
import { recordName } from '../live/snapshot.js'
import { readPending } from '../store/edits.js'
import type { Database } from '../store/database.js'

/** `Ann` → `string(3)`: of each value its type, and of a text or a list its length. */
function redact(values: State): { [property: string]: Json } {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([property, value]): [string, Json] => {
      if (value == null) return [property, null]
      const type = Array.isArray(value) ? 'array' : typeof value
      const { length } = value as { length?: unknown }
      return [property, type === 'string' || type === 'array' ? `${type}(${length as number})` : type]
    }),
  )
}

/** A row that cannot be read: shows where its text is broken, and not its content. */
function redactUnread(row: Properties): Json {
  const { edits } = row
  const text = typeof edits === 'string' && { edits: edits.slice(0, 2048).replace(/[\p{L}\p{N}]/gu, 'x') }
  return { ...redact(row), ...text }
}

function redactFault(fault: Fault): Json {
  const { meta: _meta, details: _details, message: _message, ...rest } = fault
  const { base, mine, theirs, view } = fault
  const values = { base: redact(base), mine: redact(mine), theirs: redact(theirs), view: redact(view) }
  return { ...rest, ...values } as unknown as Json
}

/**
 * Queue, faults, state and the newest steps as JSON; values, messages, details and `meta` are left out or redacted. Rejects with
 * `NotLoggedInError` when `account` is not the one that is shown any more.
 */
export async function makeReport(
  { db, account }: { db: Database; account: string | undefined },
  backend: Pick<Endpoint['backend'], 'notLoggedIn'>,
  live: LiveViews,
  nowMs: number,
): Promise<Json> {
  const lanes = account === undefined ? [] : await readPending(db, account)
  // The rest belongs to the account that is shown now.
  if (live.feed.snapshot?.session?.account !== account) throw coded(new NotLoggedInError(), backend.notLoggedIn)
  const { failure, ...status } = live.status$.value
  return {
    atMs: nowMs,
    database: db.name,
    session: live.session$.value.state,
    storage: live.storage$.value,
    status: { ...status, ...(failure && { failure: { kind: failure.kind, code: failure.code ?? null } }) },
    lanes: lanes.map(({ key, row: { rev, tries, failures, dueAtMs, attempt }, edits, unread = [] }) => ({
      record: recordName(key),
      rev,
      tries,
      failures,
      dueAtMs,
      attempt: attempt ? { editIds: attempt.editIds, tries: attempt.tries, open: attempt.open } : null,
      edits: edits.map(({ id, patch, atMs }) => ({ id, atMs, patch: redact(patch) })),
      unread: unread.map((row) => redactUnread(row as Properties)),
    })),
    faults: live.faults.open$.value.map(redactFault),
    steps: [...live.trace.recent()] as unknown as Json,
  } as unknown as Json
}
