// Floor 5: wires the floors below into one client. Decides nothing.
import type { Endpoint, Reply, RequestContext } from '../endpoint/endpoint.js'
import { createLive, type LiveViews } from '../live/live.js'
import type { LiveRecord } from '../live/record.js'
import { recordName } from '../live/snapshot.js'
import type { Settlement } from '../live/settlements.js'
import type { Status } from '../live/status.js'
import type { Trace } from '../live/trace.js'
import { createDescriptions, type Descriptions } from './descriptions.js'
import type { HoldKind, TraceStep } from '../model/events.js'
import { ruleOf } from '../model/failure.js'
import { ClosedError, FaultError, StorageError } from '../model/errors.js'
import { messageOf } from '../model/messages.js'
import { knownOptions } from '../model/known-options.js'
import type { Json, Properties, RecordKey } from '../model/record.js'
import { type CoreOptions, syncOptionsOf } from './options.js'
import { browserPlatform } from '../platform/browser-platform.js'
import { makeReport } from './report.js'
import { requestSyncs } from './request-syncs.js'
import { createFaults, type Faults } from './resolve-fault.js'
import {
  type Change,
  createSaver,
  type Edit,
  type Saver,
  type SaveRequest,
  type SeparateOptions,
  type UpdateOptions,
} from './save-edit.js'
import { type Accounts, createAccounts, type UseOptions } from '../session/accounts.js'
import { signOut } from '../session/sign-out.js'
import { createTokens, type Credentials, type Tokens } from '../session/tokens.js'
import { createStorageHealth } from './storage-health.js'
import { besides } from '../store/beside.js'
import { createDatabase, type Database, type MetaRow, stateIn } from '../store/database.js'
import { readPending } from '../store/edits.js'
import { pruneFates, readFate } from '../store/fates.js'
import { readFault } from '../store/faults.js'
import { readSnapshot, readVersion } from '../store/read-snapshot.js'
import { differingRules, writeRules } from '../store/sending-rules.js'
import { rotateAfterKill } from '../store/rotate-after-kill.js'
import type { Session, Snapshot } from '../store/rows.js'
import { type Asked, expireSession, type PendingPolicy, sessionOf, takeTurn } from '../store/sessions.js'
import { takeOver } from '../store/take-over.js'
import { discardEdit } from '../store/withdraw.js'
import { createSender, type Sender } from '../sync/sender.js'
import { createLease } from '../sync/lease.js'
import { createNetwork } from '../sync/network.js'
import { refreshRecord } from '../sync/refresh.js'
import { request } from '../sync/request.js'

/** What becomes of pending edits when the session ends: kept for the next login, sent first, or given up. */
export type LogoutPolicy = PendingPolicy | 'send'

/** One synced record of the account that is logged in. */
export interface RecordHandle extends LiveRecord {
  /** As `users.update`. */
  update(change: Change, options: SeparateOptions): Promise<Edit[]>
  update(change: Change, options?: UpdateOptions): Promise<Edit>
  /**
   * Reads the record from the backend; rejects with `FaultError` when that fails, with `NotLoggedInError` when the account that
   * was shown at the call is not logged in any more.
   */
  refresh(): Promise<Properties>
}

/** @experimental until a second backend exists. */
export interface Client extends Pick<LiveViews, 'session$' | 'status$' | 'storage$'> {
  /**
   * The edits that are saved and not settled, in the order of saving. Read only while somebody subscribes, so it has no `value`:
   * `status$` has their number.
   */
  readonly pending$: LiveViews['pending$']
  readonly session: {
    /**
     * Logs an account in, in every tab; `token` is taken on trust. Of the calls of `use` and `leave` in all tabs the one that was
     * made last decides; one before it rejects with `SupersededError`, also when the last one fails.
     */
    use(account: string, options?: UseOptions): Promise<void>
    /**
     * Logs out the account that this tab shows; rejects with `NotLoggedInError` when another one is logged in. Rejects with
     * `PendingEditsError` when edits are pending and `pending` does not say what becomes of them.
     */
    leave(options?: { pending?: LogoutPolicy }): Promise<void>
  }
  readonly faults: Faults
  record(collection: string, id: string): RecordHandle
  /**
   * Takes back a pending edit. `false`: it has settled, or may have been sent; then nothing changes. Rejects with
   * `NotLoggedInError` when the account that was shown at the call is not logged in any more.
   */
  discardEdit(editId: string): Promise<boolean>
  /** What became of an edit, also of one made before a reload. Never rejects. */
  settlement(editId: string): Promise<Settlement<Properties>>
  /**
   * Sends now what can be sent, past its own pauses but not past a server's `Retry-After`. Resolves when nothing more can go.
   * While the browser says that the device is offline, that is one try.
   */
  flush(): Promise<Status>
  /** Every step as it happens: ids, names and times, never a value. */
  readonly trace$: Trace['trace$']
  /**
   * Queue, faults, state and the newest steps as JSON for a support ticket. Of each value it has the type, and of a text or a
   * list the length. Rejects with `NotLoggedInError` when the account changes meanwhile.
   */
  report(): Promise<Json>
  /** Ends all work; resolves when it has ended. Edits that were not sent stay for the next start. */
  close(): Promise<void>
}

/** What a face on the core needs besides the client. */
export interface ClientParts {
  client: Client
  live: LiveViews
  /**
   * To be called at once by each call that asks for another session, or for none: that is what decides between them (R14).
   * `counts`: asked once it is known who is logged in; where it does not, resolves with `undefined`.
   */
  takeTurn(counts?: () => boolean): Promise<number | undefined>
  /** As `session.use`; resolves with a token that is of no more use to the backend. */
  use(turn: number | undefined, account: string, options?: UseOptions): Promise<string | undefined>
  /** As `session.leave`; the same. */
  leave(options?: { pending?: LogoutPolicy }): Promise<string | undefined>
  /**
   * The session of the account that is shown when this is called, or in `shown`, with what a request shows the backend. Rejects
   * with `NotLoggedInError`.
   */
  signedIn(shown?: Snapshot): Promise<{ session: Session } & Credentials>
  /** Waits until the client is open. */
  opened(): Promise<void>
  /** `account`: the one that was shown when the app made the edit. */
  update(key: RecordKey, change: unknown, options: SaveRequest['options'], account?: string): Promise<Edit | Edit[]>
  /** Reads the record, or the account's own one, and resolves with the answer, or with the view of that one. */
  refresh(key?: RecordKey): Promise<Properties>
  /**
   * The collection's description: the cached one if it is younger than an hour, or where asking for another one fails. Rejects with
   * `FaultError` when that fails and there is none.
   */
  describe(collection: string): Promise<Json>
  /** Makes an online call with the client's deadline; `asked`: when. Throws `FaultError` when it is refused or unanswered. */
  call<R extends object>(
    run: (context: RequestContext) => Promise<({ ok: true } & R) | Extract<Reply, { ok: false }>>,
    token?: string,
  ): Promise<R & { asked: Asked }>
  /** Notes that the backend does not take this session any more. */
  expire(session: Session, error: unknown): Promise<void>
}

/** The parts that need the database. */
interface Opened {
  db: Database
  tokens: Tokens
  accounts: Accounts
  descriptions: Descriptions
  saver: Saver
  engine: Sender
}

/** A base older than this is read again on start, on becoming visible and on coming online (R16). */
const refreshAfterMs = 300_000

/** Returns at once; opens in the next microtask, and sends what an earlier visit left with no further call. */
export function createClient(options: CoreOptions, ownRecord?: (account: string) => RecordKey): ClientParts {
  const { endpoints } = options
  const outside = browserPlatform(options.platform)
  const platform = { ...outside, connectivity: createNetwork(outside.connectivity) }
  const { clock, random, connectivity, visibility, channels } = platform
  const backend = Object.values(endpoints)[0]?.backend
  if (!backend) throw new TypeError('openClient: name at least one endpoint in `endpoints`')
  const name = options.database ?? backend.database
  const sync = syncOptionsOf(options)
  const { durability = 'strict', backgroundSync = false } = options
  const endpointOf = (collection: string): Endpoint | undefined =>
    Object.hasOwn(endpoints, collection) ? endpoints[collection] : undefined
  const stopped = new AbortController()
  const leaving: (() => void)[] = []
  let opened: Opened | undefined
  let isOpen = false
  /** Before that, for what reads it. */
  let database: Database | undefined
  let closing: Promise<void> | undefined
  let upkeep: Promise<unknown> | undefined
  let looking: Promise<unknown> | undefined

  const ready = async (): Promise<Opened> => {
    if (stopped.signal.aborted) throw stopped.signal.reason
    return shown() ?? (await Promise.race([opening, health.blocked]))
  }
  /** From the first snapshot on. Who is logged in is not known before, so calls wait for it (R9), and no longer (G2). */
  const shown = (): Opened | undefined => (live.feed.snapshot ? opened : undefined)
  const withDb = <A extends unknown[], R>(run: (db: Database, ...args: A) => Promise<R>) => {
    return async (...args: A): Promise<R> => run(database ?? (await ready()).db, ...args)
  }
  const live = createLive({
    clock,
    readSnapshot: withDb(readSnapshot),
    readPending: withDb(readPending),
    readFate: withDb(readFate),
    readFault: (account, id) => withDb(readFault)(account, id).catch(() => undefined),
    ...(ownRecord && { ownRecord }),
  })
  const trace = (step: TraceStep): void => live.trace.emit({ ...step, atMs: clock.now() })
  live.session$.subscribe(({ state }) => {
    if (state !== 'opening') trace({ type: 'session', state })
  })
  // Until the sender says more, so that an offline start does not look like a busy one.
  live.senderChanged({ sending: false, online: connectivity.online })
  const health = createStorageHealth({ live, isOpen: () => !!database, closed: stopped.signal })
  const { insist, trouble, well } = health

  /** Resolves with what lay in `meta`, once the first snapshot can be read. */
  const open = async (): Promise<readonly MetaRow[]> => {
    const db = createDatabase({
      name,
      backendId: backend.id,
      isFormer: backend.isFormer,
      platform,
      durability,
      onState(state) {
        if (state === 'ok' && live.storage$.value === 'healing') trace({ type: 'healed' })
        if (state === 'ok') well()
        else if (state === 'blocked')
          trouble(new StorageError(state, `Another tab keeps "${name}" from opening: close or reload it`))
        else health.mending(state)
      },
      onLost() {
        health.lost()
        if (!database) return
        engine.lost()
        descriptions.forget()
        live.lost(saver.idle())
        writeRules(db, [], rules).catch(trouble)
      },
      onUpgrade: () => void end(new ClosedError('A newer version of this app runs in another tab: reload this one')),
    })
    const found = insist(() => db.open())
    // The rest is made while the browser opens it, which Dexie asks for one microtask later.
    await Promise.resolve()
    const tokens = createTokens({ channels, clock, db })
    const accounts = createAccounts({ db, tokens, clock, random })
    const channel = channels.open(name)
    const descriptions = createDescriptions({
      db,
      clock,
      endpointOf,
      async ask(collection) {
        const { token } = await signedIn()
        const run = async (context: RequestContext) =>
          ({ ok: true, value: await endpointOf(collection)!.describe!(context) }) as const
        return (await call(run, token)).value
      },
      written: () => channel.post({ described: true }),
    })
    const engine = createSender({
      db,
      endpointOf,
      platform,
      options: sync,
      createLease: (onDeposed) =>
        createLease({
          db,
          platform,
          name,
          onDeposed,
          onChange: (held) => trace({ type: 'lease', held }),
          onTrouble: trouble,
        }),
      credentialsOf: (session) => tokens.of(session),
      descriptionOf: descriptions.of,
      onReply: descriptions.learn,
      onState(state, tells) {
        live.senderChanged(state)
        if (tells) channel.post({ engine: state })
      },
      onTrace(event) {
        live.trace.emit(event)
        if (event.type === 'failed' && ruleOf(event.kind).class === 'hold')
          trace({ type: 'held', key: event.key, reason: event.kind as HoldKind })
        descriptions.heed(event)
      },
      onTrouble: trouble,
      onRecovered: well,
    })
    const saver = createSaver({
      db,
      live,
      platform,
      check(collection, patch, view) {
        const { value, lesson } = descriptions.fresh(collection) ?? {}
        return endpointOf(collection)?.check?.(patch, view, value, lesson)
      },
      onSaved({ account, edits, closes }) {
        well()
        // A burst is one step for each record.
        const idsByKey = new Map<RecordKey, string[]>()
        for (const { key, edit } of edits) {
          const ids = idsByKey.get(key)
          if (ids) ids.push(edit.id)
          else idsByKey.set(key, [edit.id])
        }
        for (const [key, editIds] of idsByKey) {
          trace({ type: 'saved', editIds, key })
          if (closes) trace({ type: 'retried', faultId: closes, editId: editIds[0]!, key })
          engine.wake('saved', { account, ...key })
        }
      },
      onTrouble: trouble,
    })
    // The rest may be blocked for long; as soon as anything is shown, it can be edited.
    opened = { db, tokens, accounts, descriptions, saver, engine }
    engine.setHidden(visibility.hidden)
    // What another tab wrote.
    const takeUp = async (followed?: number): Promise<void> => {
      await (followed === undefined ? live.feed.refresh() : live.feed.follow(followed))
      await joinSession()
    }
    const look = (reason: 'online' | 'visible'): void => {
      // What was told while the page did not run has not been heard.
      takeUp().catch(trouble)
      engine.wake(reason)
      void refreshOld()
    }
    leaving.push(
      db.onCommit(({ to, unhurried }) => channel.post({ version: to, unhurried })),
      () => channel.close(),
      () => tokens.close(),
      // Also when what follows fails: then nobody else knows these two.
      () => void engine.close(),
      () => db.close(),
    )
    const { concurrency: _, resolve, ...ruling } = sync
    const { faultKinds = {} } = options
    const rules = { ...ruling, durability, faultKinds, resolves: !!(resolve ?? options.same) }
    let meta = await found
    if (backend.isFormer) meta = await insist(() => takeOver(db, backend.isFormer!, platform, durability))
    if (stopped.signal.aborted) throw stopped.signal.reason
    database = db
    descriptions.take(meta)
    const writing = writeRules(db, meta, rules).catch((error: unknown) => error)
    const { session } = stateIn(meta)
    if (session && !tokens.of(session)) await insist(() => accounts.restore())
    const refused = await writing
    // No room for them is no reason not to show what is there.
    if (refused) trouble(refused)
    // Heard only from here on: what came earlier is in the first snapshot, which is read after this.
    leaving.push(
      db.onCommit((commit) => {
        // That there is room for something small says nothing of edits.
        if (live.storage$.value !== 'full') well()
        live.feed.advance(commit, commit.saved)
      }),
      channel.onMessage((message) => {
        const { sender, described, version, unhurried, rules: others, isAnswer } = messageOf(message)
        if (described) descriptions.load().catch(trouble)
        if (sender) engine.hear(sender)
        const differing = others ? differingRules(rules, others) : []
        if (differing.length) {
          trace({ type: 'rules-differ', rules: differing })
          // Said once by each to the other.
          if (!isAnswer) channel.post({ rules, isAnswer: true })
        }
        if (version === undefined) return
        takeUp(unhurried ? version : undefined).catch(trouble)
        engine.wake('saved')
      }),
      connectivity.onChange((online) => (online ? look('online') : engine.report())),
      visibility.onEvent((event) => {
        if (event === 'freeze' || event === 'pagehide') engine.suspend()
        else engine.setHidden(visibility.hidden)
        if (event === 'show' || event === 'pageshow' || event === 'resume') look('visible')
      }),
    )
    channel.post({ rules })
    if (backgroundSync && platform.backgroundSync)
      leaving.push(requestSyncs({ db, status$: live.status$, visibility, backgroundSync: platform.backgroundSync }))
    return meta
  }
  const opening = Promise.resolve().then(async () => {
    const meta = await open()
    await insist(() => live.feed.refresh())
    if (stopped.signal.aborted) throw stopped.signal.reason
    isOpen = true
    const parts = opened!
    begin('start')
    // It may have begun since `meta` was read.
    joinSession().catch(trouble)
    void platform.databases.isVolatile?.().then((isVolatile) => {
      if (isVolatile) health.volatile()
    })
    // Of any tab.
    const edited = new Promise<void>((resolve) => {
      const watching = live.status$.subscribe(({ pending }) => {
        if (!pending) return
        resolve()
        // The first one is told before `subscribe` has returned.
        queueMicrotask(() => watching.unsubscribe())
      })
    })
    const unlessClosed = (run: () => Promise<void>) => () => (stopped.signal.aborted ? undefined : run())
    upkeep = Promise.all([
      // Not in the way of what is to be sent.
      parts.engine.idle().then(unlessClosed(() => pruneFates(parts.db, clock.now()))),
      // Behind the sender's first look, no later: a kill before this has ended can cost all.
      looking!.then(unlessClosed(() => rotateAfterKill({ name, meta }, platform, edited, stopped.signal))),
    ]).catch(trouble)
    // Nobody waits for this, closing neither: it waits for whoever is about to change one of them.
    void looking!
      .then(() => besides(platform.databases.factory!.indexedDB, name))
      .then((others) => others.filter(({ pending }) => pending).forEach((one) => trace({ type: 'stranded', ...one })))
      .catch(() => {})
    return parts
  })
  opening.catch(health.failed)

  /** A session that began in another tab has its token there too, if that is not stored (R14). */
  const joinSession = async (): Promise<void> => {
    if (!opened?.tokens.isBehind(live.feed.snapshot?.session)) return
    await opened.accounts.restore()
    opened.engine.wake('login')
  }

  let lastTurn: Promise<number | undefined> = Promise.resolve(0)
  /** One after the other, so that the turns have the order of the calls; those made while opening too. */
  const turn: ClientParts['takeTurn'] = (counts) => {
    return (lastTurn = lastTurn
      .catch(() => 0)
      .then(async () => {
        const { db } = await ready()
        return !counts || counts() ? takeTurn(db) : undefined
      }))
  }

  /** A call is of the account that is shown when it is made, or first, while opening: it may wait, and another log in (G10). */
  const called = async (shown = live.feed.snapshot): Promise<Opened & { account: string | undefined }> => {
    const parts = await ready()
    return { ...parts, account: (shown ?? live.feed.snapshot)?.session?.account }
  }

  /** The session that is shown, if it is this account's. */
  const stillOf = (account: string | undefined): Session => sessionOf(live.feed.snapshot, account)

  const begin = (reason: 'start' | 'login'): void => {
    opened?.engine.wake(reason)
    // The code that asks the backend is not in the way of the sender's first look, which this one follows.
    looking = withDb(readVersion)().catch(trouble)
    void looking.then(() => Promise.all([refreshOld(), describeAll()]))
  }

  const signedIn: ClientParts['signedIn'] = async (shown) => {
    const { tokens, accounts, account } = await called(shown)
    if (!tokens.of(stillOf(account))) {
      await accounts.restore()
      await live.feed.refresh()
    }
    const session = stillOf(account)
    return { session, ...tokens.of(session) }
  }

  const call: ClientParts['call'] = async (run, token) => {
    if (stopped.signal.aborted) throw stopped.signal.reason
    const caller = { account: '', token }
    const limits = { timeoutMs: sync.requestTimeoutMs, signal: stopped.signal }
    const asked = { atMs: clock.now(), version: live.feed.snapshot?.version }
    const reply = await request(platform, caller, limits, run as never)
    if (!reply.ok) throw new FaultError(reply.failure)
    return { ...reply, asked } as never
  }

  const refresh: ClientParts['refresh'] = async (given) => {
    const { session, token } = await signedIn()
    const { db, descriptions } = opened!
    const key = given ?? ownRecord!(session.account)
    const endpoint = endpointOf(key.collection)
    if (!endpoint?.read) throw new TypeError(`The endpoint of "${key.collection}" cannot read`)
    const caller = { account: session.account, token, description: descriptions.of(key.collection) }
    const reply = await refreshRecord(
      { db, ...platform },
      { endpoint, key, session, caller, timeoutMs: sync.requestTimeoutMs, signal: stopped.signal },
    )
    if (!reply.ok) throw new FaultError(reply.failure)
    // Shown by the time the caller goes on.
    await live.feed.refresh()
    stillOf(session.account)
    return given ? reply.record : live.own.value$.value!
  }

  /** The session, while the backend can be asked in its name. */
  const askable = (): Session | undefined => {
    const session = live.feed.snapshot?.session
    return session?.expired ? undefined : session
  }

  /** The account's own record, when it is old and somebody may be looking (R16). Trouble shows elsewhere. */
  const refreshOld = async (): Promise<void> => {
    const session = askable()
    if (!ownRecord || !session || visibility.hidden) return
    const key = ownRecord(session.account)
    const atMs = live.feed.lane(recordName(key))?.row.baseAtMs
    if (atMs === undefined || Math.abs(clock.now() - atMs) > refreshAfterMs) await refresh(key).catch(() => {})
  }

  const describe: ClientParts['describe'] = async (collection) => {
    const { descriptions, account } = await called()
    const description = await descriptions.describe(collection)
    if (account !== undefined) stillOf(account)
    return description
  }

  /** Edits are compared without a description while there is none; it is asked for again at the next start or login. */
  const describeAll = async (): Promise<void> => {
    if (!askable()) return
    for (const [collection, endpoint] of Object.entries(endpoints))
      if (endpoint.describe) await describe(collection).catch(() => {})
  }

  const letGo = async (): Promise<void> => {
    await opened?.engine.close()
    await Promise.all([upkeep, looking])
    for (const leave of leaving.splice(0)) leave()
    live.close()
  }

  const end = (reason: ClosedError): Promise<void> => {
    return (closing ??= (async () => {
      await Promise.race([opening, health.blocked]).catch(() => {})
      await opened?.saver.idle()
      stopped.abort(reason)
      await letGo()
      // Still blocked: whatever is opened in the end is closed again.
      if (!isOpen) void opening.catch(() => {}).then(letGo)
    })())
  }

  const save: Saver['save'] = (request) => {
    // No wait before the edit is shown, once open (G2).
    const parts = stopped.signal.aborted ? undefined : shown()
    return parts ? parts.saver.save(request) : ready().then(({ saver }) => saver.save(request))
  }

  const use: ClientParts['use'] = async (at, account, options) => {
    const { accounts, saver } = await ready()
    // What was handed in before belongs to the session before.
    await saver.idle()
    const token = await accounts.use(account, options, at)
    await live.feed.refresh()
    begin('login')
    return token
  }

  const leave: ClientParts['leave'] = async (options) => {
    const { pending } = knownOptions(options, ['pending'])
    const [at, { accounts, engine, saver, account }] = await Promise.all([turn(), called()])
    await saver.idle()
    const token = await signOut(accounts, { account, turn: at!, pending }, () => engine.flush())
    await live.feed.refresh()
    return token
  }

  const client: Client = {
    session$: live.session$,
    status$: live.status$,
    storage$: live.storage$,
    pending$: live.pending$,
    trace$: live.trace.trace$,
    report: async () => makeReport(await called(), live, clock.now()),
    session: {
      use: async (account, options) => {
        knownOptions(options, ['token', 'stayLoggedIn', 'guest', 'confirmed'])
        await use(await turn(), account, options)
      },
      leave: async (options) => void (await leave(options)),
    },
    faults: createFaults({
      live,
      called,
      save,
      flush: () => client.flush(),
      now: () => clock.now(),
      wake: () => opened?.engine.wake('saved'),
    }),
    async discardEdit(editId) {
      const { db, engine, saver, account } = await called()
      // `pending$` names an edit before it is on disk.
      await saver.idle()
      const lane = await discardEdit(db, { account, editId, nowMs: clock.now() })
      if (lane) {
        const { collection, id } = lane
        trace({ type: 'discarded', editIds: [editId], key: { collection, id } })
      }
      engine.wake('saved')
      // The view is without it by the time that this is told.
      await live.feed.refresh()
      return lane !== undefined
    },
    record(collection, id) {
      const key = { collection, id }
      const name = recordName(key)
      if (!endpointOf(collection)) throw new TypeError(`There is no endpoint for the collection "${collection}"`)
      return {
        ...live.record(key),
        update: (change: unknown, options?: SaveRequest['options']) =>
          save({ key, name, change, options }) as Promise<never>,
        refresh: () => refresh(key),
      }
    },
    async flush() {
      const { engine, saver } = await ready()
      await saver.idle()
      await engine.flush()
      // Another tab may have sent it all.
      await live.feed.refresh()
      return live.status$.value
    },
    settlement: (editId) => live.settlement(editId),
    close: () => end(new ClosedError()),
  }
  return {
    client,
    live,
    takeTurn: turn,
    use,
    leave,
    signedIn,
    call,
    refresh,
    describe,
    update: (key, change, options, account) => save({ key, name: recordName(key), change, options, account }),
    opened: async () => void (await ready()),
    async expire({ sessionId }, error) {
      if (error instanceof FaultError && ruleOf(error.failure.kind).scope === 'account')
        await expireSession((await ready()).db, sessionId, error.failure)
    },
  }
}
