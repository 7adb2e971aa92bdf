/* One sender on storage in memory, a clock that stands still, and a backend that answers as the test says. */
import { expect, onTestFinished } from 'vitest'
import type { Endpoint, Reply, RequestContext } from '../../src/endpoint/endpoint.js'
import type { QueuedEdit } from '../../src/model/edit.js'
import type { SenderState } from '../../src/model/sender-state.js'
import type { Failure, FailureKind } from '../../src/model/failure.js'
import type { Patch, Properties } from '../../src/model/record.js'
import type { Database } from '../../src/store/database.js'
import { saveEdits } from '../../src/store/edits.js'
import { readFate } from '../../src/store/fates.js'
import { readSnapshot } from '../../src/store/read-snapshot.js'
import type { Session, StoredLane } from '../../src/store/rows.js'
import { beginSession } from '../../src/store/sessions.js'
import type { WakeReason } from '../../src/sync/events.js'
import { createSender, type Sender } from '../../src/sync/sender.js'
import { createLease } from '../../src/sync/lease.js'
import { createNetwork } from '../../src/sync/network.js'
import type { SyncOptions } from '../../src/sync/sync-options.js'
import { turns } from '../support/fake-clock.js'
import { fakePlatform, type FakePlatform } from '../support/fake-platform.js'
import { watchStorage, type WatchedStorage } from '../support/watched-storage.js'
import { openDatabase, plainOptions } from '../support/open-database.js'
import { type Updating, updating } from '../support/updating.js'

export interface Call {
  kind: 'update' | 'read'
  id: string
  patch: Patch
  key: string
  atMs: number
  token: string | undefined
  signal: AbortSignal
  /** The backend's behaviour when it obeys. */
  store(): Reply
}

export const me: Session = {
  account: 'me',
  sessionId: 's1',
  hasToken: true,
  token: 't1',
  stayLoggedIn: true,
  guest: false,
}

export function fail(kind: FailureKind, extras: Partial<Failure> = {}): Reply {
  return { ok: false, failure: { kind, message: `A failure of kind ${kind}`, ...extras } }
}

export interface SenderWorld {
  sender: Sender
  db: Database
  platform: FakePlatform
  storage: WatchedStorage
  /** All requests, in the order in which they left. */
  calls: Call[]
  /** The backend's values. */
  records: Map<string, Properties>
  /** Most requests under way at once, in all and for one record. */
  most: { all: number; record: number }
  states: SenderState[]
  troubles: unknown[]
  /** Storage seems to hang: the time of every transaction is up at once. */
  state: { storageHangs: boolean }
  /** How the backend answers; default: it stores. */
  answer: (call: Call) => Reply | Promise<Reply>
  /** Saves one edit of the record and answers with its id; wakes nobody. */
  save(id: string, patch: Patch): Promise<string>
  /** The same for several records, in one transaction. */
  saveAll(ids: readonly string[], patch: Patch): Promise<string[]>
  fate(editId: string): Promise<string | undefined>
  lane(id: string): Promise<StoredLane>
  login(session: Session): Promise<void>
  /** Waits, in turns of the event loop and not in time. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>
  /** Lets everything get on that needs no time. */
  rest(): Promise<void>
  /** Wakes the sender, with `saved` by default, and lets it get on. */
  wake(reason?: WakeReason): Promise<void>
  /** Lets so many milliseconds pass, then everything get on. */
  pass(ms: number): Promise<void>
}

export async function senderWorld(
  options: Partial<SyncOptions> & {
    read?: false
    endpoint?: Partial<Updating>
    /** Endpoints of other collections. */
    others?: { readonly [collection: string]: Endpoint }
  } = {},
): Promise<SenderWorld> {
  const platform = fakePlatform()
  const storage = watchStorage(platform.databases, new AbortController().signal)
  const { clock } = platform
  const state = { storageHangs: false }
  const db = await openDatabase({
    ...plainOptions,
    name: 'holdfast',
    platform: {
      ...platform,
      databases: storage.databases,
      clock: {
        now: () => clock.now(),
        sleep: (ms, signal) => (state.storageHangs ? Promise.resolve() : clock.sleep(ms, signal)),
      },
    },
  })
  await beginSession(db, me)
  const underWay = new Map<string, number>()
  let saves = 0

  const make = async (call: Omit<Call, 'atMs' | 'token' | 'signal'>, context: RequestContext): Promise<Reply> => {
    const { signal, token } = context
    const made: Call = { ...call, atMs: clock.now(), token, signal }
    world.calls.push(made)
    underWay.set(call.id, (underWay.get(call.id) ?? 0) + 1)
    const counts = [...underWay.values()]
    world.most.all = Math.max(
      world.most.all,
      counts.reduce((sum, count) => sum + count, 0),
    )
    world.most.record = Math.max(world.most.record, ...counts)
    try {
      const aborted = new Promise<Reply>((resolve) => {
        const give = (): void =>
          resolve(fail((signal.reason as Error).name === 'TimeoutError' ? 'timeout' : 'unreachable'))
        if (signal.aborted) give()
        else signal.addEventListener('abort', give)
      })
      return await Promise.race([world.answer(made), aborted])
    } finally {
      underWay.set(call.id, underWay.get(call.id)! - 1)
    }
  }
  const network = createNetwork(platform.connectivity)
  network.onChange((online) => (online ? world.sender.wake('online') : world.sender.report()))
  const recordOf = (id: string): Properties => world.records.get(id) ?? {}
  const endpoint: Endpoint = updating({
    backend: { id: 'backend', database: 'holdfast' },
    update: ({ key: { id }, patch, idempotencyKey: key }, context) =>
      make(
        {
          kind: 'update',
          id,
          patch,
          key,
          store() {
            const record = { ...recordOf(id), ...patch }
            world.records.set(id, record)
            return { ok: true, record }
          },
        },
        context,
      ),
    ...(options.read !== false && {
      read: ({ id }, context) =>
        make({ kind: 'read', id, patch: {}, key: '', store: () => ({ ok: true, record: recordOf(id) }) }, context),
    }),
    ...options.endpoint,
  })
  const world: SenderWorld = {
    db,
    platform,
    storage,
    calls: [],
    records: new Map(),
    most: { all: 0, record: 0 },
    states: [],
    troubles: [],
    state,
    answer: (call) => call.store(),
    sender: createSender({
      db,
      endpointOf: (collection) => (collection === 'users' ? endpoint : options.others?.[collection]),
      platform: { ...platform, connectivity: network },
      options: {
        conflicts: 'compare',
        freshForMs: 60_000,
        requestTimeoutMs: 30_000,
        concurrency: 6,
        ...options,
      },
      createLease: (onDeposed) =>
        createLease({ db, platform, name: 'holdfast', onDeposed, onError: (error) => world.troubles.push(error) }),
      credentialsOf: ({ token }) => (token === undefined ? undefined : { token }),
      descriptionOf: () => undefined,
      onReply() {},
      onState: (state) => world.states.push(state),
      onTrace: () => {},
      onError: (error) => world.troubles.push(error),
    }),
    save: async (id, patch) => (await world.saveAll([id], patch))[0]!,
    async saveAll(ids, patch) {
      const label = `l${(saves++).toString().padStart(5, '0')}`
      const nowMs = clock.now()
      const edits = ids.map((id, index) => {
        const edit: QueuedEdit = { id: `${label}-${index.toString(36)}`, patch, ancestors: {}, atMs: nowMs }
        return { key: { collection: 'users', id }, edit }
      })
      await saveEdits(db, { account: 'me', label, edits, nowMs })
      return edits.map(({ edit }) => edit.id)
    },
    async fate(editId) {
      const fate = await readFate(db, 'me', editId)
      return typeof fate === 'object' ? fate.outcome : fate
    },
    lane: async (id) =>
      (await readSnapshot(db, { records: [() => ({ collection: 'users', id })], fatesAfter: Infinity })).lanes[0]!,
    login: async (session) => void (await beginSession(db, session)),
    async until(condition) {
      for (let round = 0; round < 2_000; round++) {
        if (await condition()) return
        await turns(1)
      }
      expect.fail('The condition that the test waits for does not come true')
    },
    async rest() {
      for (let quiet = 0, seen = -1; quiet < 3;) {
        const { version } = await readSnapshot(db, { records: [], fatesAfter: Infinity })
        // It is told before its own transaction has ended.
        await turns(10)
        const now = version + world.calls.length + world.states.length + world.troubles.length
        quiet = now === seen && storage.underWay === 0 ? quiet + 1 : 0
        seen = now
      }
    },
    wake(reason = 'saved') {
      world.sender.wake(reason)
      return world.rest()
    },
    async pass(ms) {
      await clock.advance(ms)
      await world.rest()
    },
  }
  onTestFinished(async () => {
    await world.sender.close()
    db.close()
    expect(clock.sleeping).toBe(0)
  })
  return world
}
