import type { Endpoint, Reply } from '../endpoint/endpoint.js'
import { keptVersion } from '../endpoint/versions.js'
import { ruleOf } from '../model/failure.js'
import type { RecordKey } from '../model/record.js'
import type { Database } from '../store/database.js'
import type { RemoteId } from '../store/other-record.js'
import { readVersion } from '../store/read-snapshot.js'
import type { Session } from '../store/rows.js'
import { confirmRecord, expireSession, readSession } from '../store/sessions.js'
import { noteShown } from './note-shown.js'
import { type Caller, readReply, request, type Wire } from './request.js'

export interface Refresh {
  endpoint: Endpoint
  key: RecordKey
  session: Session
  caller: Caller
  timeoutMs: number
  signal: AbortSignal
  /** A lane that waited may be looked at now. */
  wake(): void
}

/** How often a read is made again that a newer change overtook, or that a creation under way leaves in doubt. */
const overtakenTries = 3

/** By then most creations have their answers. */
const doubtfulMs = 1_000

/**
 * Reads a record and takes the answer as its base; pending edits stay over it (R7, R16). Resolves with the answer. An answer
 * that a request of ours overtook may be old, so the record is read again; after three times that request's own answer is
 * newer. A record that may be the one of a creation under way is not taken (R19): an observer of that id sees nothing of it yet.
 */
export async function refreshRecord(
  { db, ...wire }: { db: Database } & Wire,
  { endpoint, key, session, caller, timeoutMs, signal, wake }: Refresh,
): Promise<Reply> {
  const { account } = session
  let { sessionId } = session
  let remoteId: RemoteId | undefined
  for (let tries = 1; ; tries++) {
    const version = await readVersion(db)
    const atMs = wire.clock.now()
    // The backend does not know the id that a record of its naming has here. The name may come after a try, and go with the session.
    remoteId = db.memory.names.remoteIdOf({ account, ...key }) ?? remoteId
    const named = { ...key, id: String(remoteId ?? key.id) }
    const reply = readReply(
      await request(wire, caller, { timeoutMs, signal }, (context) => endpoint.read!(named, context)),
    )
    if (reply.ok) {
      const { collection } = key
      const records = reply.record ? [{ id: named.id, record: reply.record }] : []
      if (await noteShown(db, { endpoint, account, collection, records, description: caller.description, nowMs: atMs }))
        wake()
      const recordVersion = keptVersion(endpoint, reply.version)
      const confirmed = { key: named, record: reply.record!, recordVersion, atMs, version }
      const taken = await confirmRecord(db, { account, sessionId }, confirmed, endpoint.ids)
      if (taken === true || tries === overtakenTries) return reply
      if (taken === 'doubtful') await wire.clock.sleep(doubtfulMs, signal)
      if (!taken) sessionId = (await readSession(db))?.sessionId ?? sessionId
      if (signal.aborted) return reply
      continue
    }
    if (ruleOf(reply.failure.kind).scope === 'account') await expireSession(db, session.sessionId, reply.failure)
    return reply
  }
}
