// Floor 5: the public interface of a client, and the wiring of its parts. Decides nothing.
import type { Observable } from 'rxjs'
import { createLive, type LiveViews, type StorageState } from '../live/live.js'
import type { Live } from '../live/live-value.js'
import type { PendingEdit } from '../live/pending.js'
import type { SessionState } from '../live/session.js'
import { recordName } from '../live/snapshot.js'
import type { Settlement } from '../live/settlements.js'
import type { Status } from '../live/status.js'
import { ClosedError } from '../model/errors.js'
import type { TraceEvent, TraceStep } from '../model/events.js'
import { jsonFlaw } from '../model/json.js'
import type { Fault } from '../model/fault.js'
import { knownOptions } from '../model/known-options.js'
import { controlsOf } from '../model/net-controls.js'
import type { Json, Properties, RecordKey, RecordOf } from '../model/record.js'
import { browserPlatform } from '../platform/browser-platform.js'
import type { UseOptions } from '../session/accounts.js'
import type { Database } from '../store/database.js'
import { readPending } from '../store/edits.js'
import { readFate } from '../store/fates.js'
import { readFault } from '../store/faults.js'
import { readSnapshot } from '../store/read-snapshot.js'
import { discardEdit } from '../store/withdraw.js'
import { createNetwork } from '../sync/network.js'
import { type Collection, createCollection, type RecordHandle } from './collection.js'
import type { Edit, PatchOf, SavedEdit } from './edit.js'
import { onOneBackend } from './endpoints.js'
import { createIdSpace } from './id-space.js'
import type { Inspection } from './inspect.js'
import { createLifecycle } from './lifecycle.js'
import { createOnlineCalls, type OnlineCalls } from './online-calls.js'
import { open } from './open.js'
import { checkedMigrate, type CoreOptions, syncOptionsOf } from './options.js'
import { createRecordIds } from './new-ids.js'
import { createPulls } from './pulls.js'
import { makeReport } from './report.js'
import { createFaults, type Faults } from './resolve-fault.js'
import type { Saver } from './save-edit.js'
import type { SaveRequest } from './save-request.js'
import { createSessionCalls, type LogoutPolicy, type SessionCalls } from './session-calls.js'
import { createStorageHealth } from './storage-health.js'
import { createUpkeep } from './upkeep.js'

/** The patches of the records of each collection. */
type PatchesOf<C> = { [N in keyof C]: PatchOf<C[N]> }[keyof C]

/** `C`: the types of the records, by collection. */
export interface Client<C extends object = { [collection: string]: Properties }> {
  /** Who is logged in; `opening` until this device has been read. */
  readonly session$: Live<SessionState>
  /** How far the edits of the account are, and why they wait. At most one emission a frame (16 ms) while requests are out. */
  readonly status$: Live<Status>
  /** The health of local storage. `ok` at first. */
  readonly storage$: Live<StorageState>
  /**
   * The edits that are saved and not settled, in the order of saving. Read only while somebody subscribes, so it has no `value`:
   * `status$` has their number.
   */
  readonly pending$: Observable<readonly PendingEdit[]>
  /** The person whose edits these are. The app says who that is; Holdfast asks no backend. */
  readonly session: {
    /**
     * Logs an account in, in every tab; takes `token` on trust. The calls of `use` and `leave` compete across all tabs: the
     * last one made decides. One before it rejects with `SupersededError`, also when the last one fails.
     */
    use(account: string, options?: UseOptions): Promise<void>
    /**
     * Logs out the account that this tab shows; rejects with `NotLoggedInError` when another one is logged in. Rejects with
     * `PendingEditsError` when edits are pending and `pending` is not given.
     */
    leave(options?: { pending?: LogoutPolicy }): Promise<void>
  }
  /** A patch of `amend` is one of some collection. */
  readonly faults: Faults<C[keyof C], PatchesOf<C>, Edit<C[keyof C]>, Fault>
  /** The same object for the same name. Throws a `TypeError` for a collection that has no endpoint. */
  collection<N extends keyof C & string>(name: N): Collection<C[N]>
  /** Short for `collection(name).record(id)`. */
  record<N extends keyof C & string>(collection: N, id: string | number): RecordHandle<C[N]>
  /**
   * Saves all edits that `make` makes, of any collections, in one transaction, or none of them. `make` is not async. Resolves
   * with the edits, in order, when they are saved; rejects with the error of the first one that cannot be.
   */
  together(make: () => unknown): Promise<Edit[]>
  /**
   * Takes back a pending edit. `false`: it has settled, or may have been sent; then nothing changes. Rejects with
   * `NotLoggedInError` when the account that was shown at the call is not logged in any more.
   */
  discardEdit(editId: string): Promise<boolean>
  /** The settlement of an edit, also of one made before a reload. Never rejects. */
  settlement(editId: string): Promise<Settlement<Properties>>
  /**
   * Sends now all that can be sent, past its own pauses but not past a server's `Retry-After`. Resolves when nothing more can
   * go. While the browser says that the device is offline, that is one try. Faults do not make it reject. Rejects with `StorageError`
   * when storage cannot be opened or does not answer, and with `ClosedError` when the client is closed.
   */
  flush(): Promise<Status>
  /** Every step as it happens: ids, names and times, never a value. */
  readonly trace$: Observable<TraceEvent>
  /**
   * Queue, faults, state and the newest steps as JSON for a support ticket. Of each value it has the type, and of a text or a
   * list the length. Rejects with `NotLoggedInError` when the account changes meanwhile.
   */
  report(): Promise<Json>
  /**
   * The state of this client for a developer: each record's pending edits with the reason why they wait, the lease, faults, pulls and
   * the newest steps. Names, ids and times; never a value. Resolves also while storage gives nothing (`isRead`); rejects with
   * `ClosedError` when the client is closed.
   */
  inspect(): Promise<Inspection>
  /** Ends all work; resolves when it has ended. Edits that were not sent stay for the next start. */
  close(): Promise<void>
}

/** The parts in which a wrapper of the core differs from it. */
export interface Face {
  /** The account's own record: always looked at, and read again when it is old (R16). */
  ownRecord?: RecordOf
  /** Further members of an accepted settlement. */
  accepted?(value: Properties | null, key: RecordKey | undefined): object
  /** The account as `session$` names it. Default: `{ account }`. */
  named?(account: string): object
  /** Is logged in from the start on, without a token of ours. */
  account?: string | undefined
  /** The class of edits. */
  SavedEdit?: typeof SavedEdit
}

/** Members for a wrapper of the core, besides the client. */
export interface ClientParts
  extends SessionCalls, Pick<OnlineCalls, 'signedIn' | 'call' | 'refresh' | 'describe' | 'expire'> {
  client: Client
  live: LiveViews
  /** Waits until the client is open. */
  opened(): Promise<void>
  /** `account`: the one that the tab showed when the app made the edit. */
  update(key: RecordKey, change: unknown, options: SaveRequest['options'], account?: string): Promise<Edit | Edit[]>
}

/** Returns at once; opens in the next microtask, and sends the edits of an earlier visit with no further call. */
export function createClient(options: CoreOptions, face: Face = {}): ClientParts {
  const outside = browserPlatform(options.platform)
  const platform = { ...outside, connectivity: createNetwork(outside.connectivity) }
  const { clock, connectivity } = platform
  const { backend, endpointOf, relations } = onOneBackend(options.endpoints)
  const name = options.database ?? backend.database
  const sync = syncOptionsOf(options)
  checkedMigrate(options.migrate)

  const withDb = <A extends unknown[], R>(run: (db: Database, ...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => run((life.parts ?? (await life.ready())).db, ...args)
  }
  const idSpace = createIdSpace(endpointOf, () => life.parts?.db.memory.names)
  const live = createLive({
    clock,
    readSnapshot: withDb(readSnapshot),
    readPending: withDb(readPending),
    readFate: withDb(readFate),
    readFault: (account, id) => withDb(readFault)(account, id).catch(() => undefined),
    ids: idSpace,
    ...face,
  })
  const trace = (step: TraceStep): void => live.trace.emit({ ...step, atMs: clock.now() })
  live.session$.subscribe(({ state }) => {
    if (state !== 'opening') trace({ type: 'session', state })
  })
  // Until the sender says more, so that an offline start does not look like a busy one.
  live.senderChanged({ sending: false, online: connectivity.online })

  const life = createLifecycle({
    open: async () => open({ ...surroundings, calls, upkeep }),
    isShown: () => !!live.feed.snapshot,
    blocked: () => health.blocked,
    onFailed: (error) => health.unavailable(error),
    ended: () => upkeep.ended(),
  })
  life.atEnd(live.close)
  const health = createStorageHealth({ live, life })
  const surroundings = {
    ...face,
    name,
    backend,
    platform,
    options,
    sync,
    endpointOf,
    relations,
    live,
    health,
    life,
    trace,
  }
  const calls = createOnlineCalls(surroundings)
  const pulls = createPulls({ ...surroundings, calls })
  const upkeep = createUpkeep({ ...surroundings, calls, pulls })
  const sessions = createSessionCalls({ ...surroundings, calls, upkeep })

  const save: Saver['save'] = (request) => {
    // No wait before the edit is shown, once open (G2).
    const parts = life.shown()
    return parts ? parts.saver.save(request) : life.ready().then(({ saver }) => saver.save(request))
  }

  const collections = new Map<string, Collection>()
  const ids = createRecordIds(clock, platform.random)
  const collection = (name: string): Collection => {
    if (!endpointOf(name)) throw new TypeError(`There is no endpoint for the collection "${name}"`)
    const known = collections.get(name) ?? createCollection(name, { live, calls, pulls, save, ids })
    collections.set(name, known)
    return known
  }

  const client: Client = {
    session$: live.session$,
    status$: live.status$,
    storage$: live.storage$,
    pending$: live.pending$,
    trace$: live.trace.trace$,
    report: async () => makeReport(await calls.called(), backend, live, clock.now()),
    async inspect() {
      // Only for a developer: bundlers put it into a file of its own.
      const { inspect } = await import('./inspect.js')
      return inspect({ ...surroundings, collections: Object.keys(options.endpoints), pulls })
    },
    session: {
      use: async (account, options) => {
        const { confirmed } = knownOptions(options, ['token', 'stayLoggedIn', 'guest', 'confirmed'])
        for (const [name, value] of Object.entries(confirmed?.record ?? {})) {
          const flaw = jsonFlaw(value, 64, true)
          if (flaw) throw new TypeError(`confirmed: "${name}" ${flaw}`)
        }
        await sessions.adopt(account, options)
      },
      leave: async (options) => void (await sessions.leave(options)),
    },
    faults: createFaults({
      live,
      called: calls.called,
      save,
      flush: () => client.flush(),
      fromDateOf: (collection) => endpointOf(collection)?.fromDate,
      toBackend: idSpace.toBackend,
      now: () => clock.now(),
      wake: () => life.parts?.sender.wake('saved'),
      SavedEdit: face.SavedEdit,
    }),
    async discardEdit(editId) {
      const { db, sender, saver, account } = await calls.called()
      // `pending$` names an edit before it is on disk.
      await saver.idle()
      const lane = await discardEdit(db, { account, editId, nowMs: clock.now() })
      if (lane) {
        const { collection, id, op } = lane
        trace({ type: 'discarded', editIds: [editId], key: { collection, id }, op })
      }
      sender.wake('saved')
      // The view is without it before this is reported.
      await live.feed.refresh()
      return lane !== undefined
    },
    collection,
    record: (name, id) => collection(name).record(id),
    together(make) {
      const parts = life.shown()
      return parts ? parts.saver.together(make) : life.ready().then(({ saver }) => saver.together(make))
    },
    async flush() {
      const { sender, saver } = await life.ready()
      await saver.idle()
      await sender.flush()
      // Another tab may have sent it all.
      await live.feed.refresh()
      return live.status$.value
    },
    settlement: live.settlement,
    close: () => life.end(new ClosedError()),
    ...controlsOf(outside.fetch),
  }
  return {
    ...sessions,
    ...calls,
    client,
    live,
    update: (key, change, options, account) => save({ key, name: recordName(key), change, options, account }),
    opened: async () => void (await life.ready()),
  }
}
