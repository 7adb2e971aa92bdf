// Floor 5: calls to the backend in the name of the account that is logged in. A call belongs to the account that the tab
// showed when the app made it (G10).
import type { Endpoint, Refused, RequestContext } from '../endpoint/endpoint.js'
import type { LiveViews } from '../live/live.js'
import { recordName } from '../live/snapshot.js'
import { coded, FaultError } from '../model/errors.js'
import { ruleOf } from '../model/failure.js'
import type { Json, RecordKey, RecordOf, State } from '../model/record.js'
import type { Credentials } from '../session/tokens.js'
import type { Session } from '../store/rows.js'
import type { Snapshot } from '../store/snapshot-data.js'
import { type Asked, expireSession, sessionOf } from '../store/sessions.js'
import { refreshRecord } from '../sync/refresh.js'
import { request, type Wire } from '../sync/request.js'
import type { SyncOptions } from '../sync/sync-options.js'
import type { Lifecycle } from './lifecycle.js'
import type { Parts } from './parts.js'

export interface OnlineCalls {
  /**
   * The parts of the client, with the account that is shown at this call, or in `shown`; while opening: the one that is shown
   * first.
   */
  called(shown?: Snapshot): Promise<Parts & { account: string | undefined }>
  /**
   * The session of the account that is shown at this call, or in `shown`, with the credentials of a request. Rejects with
   * `NotLoggedInError`.
   */
  signedIn(shown?: Snapshot): Promise<{ session: Session } & Credentials>
  /**
   * Makes an online call with the client's deadline; `asked`: its time. Throws `FaultError` when it is refused or unanswered.
   */
  call<R extends object>(
    run: (context: RequestContext) => Promise<({ ok: true } & R) | Refused>,
    token?: string,
  ): Promise<R & { asked: Asked }>
  /** Reads the record, or the account's own one, and resolves with the answer, or with the view of that one. */
  refresh(key?: RecordKey): Promise<State>
  /**
   * The collection's description: the cached one if it is younger than an hour, or where fetching another one fails. Rejects
   * with `FaultError` when that fails and there is none.
   */
  describe(collection: string): Promise<Json>
  /** Asks the backend for the collection's description. */
  askDescription(collection: string): Promise<Json>
  /** Notes that the backend does not take this session any more. */
  expire(session: Session, error: unknown): Promise<void>
}

export interface OnlineCallParts {
  life: Lifecycle
  live: LiveViews
  backend: Endpoint['backend']
  platform: Wire
  sync: Pick<SyncOptions, 'requestTimeoutMs'>
  endpointOf(collection: string): Endpoint | undefined
  ownRecord?: RecordOf | undefined
}

export function createOnlineCalls(parts: OnlineCallParts): OnlineCalls {
  const { life, live, backend, platform, sync, endpointOf, ownRecord } = parts
  const limits = { timeoutMs: sync.requestTimeoutMs, signal: life.closed }

  // The call may wait, and another account log in meanwhile.
  const called: OnlineCalls['called'] = async (shown = live.feed.snapshot) => {
    const opened = await life.ready()
    return { ...opened, account: (shown ?? live.feed.snapshot)?.session?.account }
  }

  /** The session that is shown, if it is this account's. */
  const stillOf = (account: string | undefined): Session => {
    try {
      return sessionOf(live.feed.snapshot, account)
    } catch (error) {
      throw coded(error, backend.notLoggedIn)
    }
  }

  const signedIn: OnlineCalls['signedIn'] = async (shown) => {
    const { tokens, accounts, account } = await called(shown)
    if (!tokens.of(stillOf(account))) {
      await accounts.restore()
      await live.feed.refresh()
    }
    const session = stillOf(account)
    return { session, ...tokens.of(session) }
  }

  const call: OnlineCalls['call'] = async (run, token) => {
    life.closed.throwIfAborted()
    const asked = { atMs: platform.clock.now(), version: live.feed.snapshot?.version }
    const reply = await request(platform, { account: '', token }, limits, run, { ok: true })
    if (!reply.ok) throw new FaultError(reply.failure)
    return { ...reply, asked }
  }

  return {
    called,
    signedIn,
    call,
    async refresh(given) {
      const { session, token } = await signedIn()
      const { db, descriptions, sender } = life.parts!
      const key = given ?? ownRecord!(session.account)
      const endpoint = endpointOf(key.collection)
      if (!endpoint?.read) throw new TypeError(`The endpoint of "${key.collection}" cannot read`)
      const record = live.feed.lane(recordName(key))?.row.base ?? undefined
      const caller = { account: session.account, token, description: descriptions.of(key.collection), record }
      const wake = (): void => sender.wake('saved')
      const reply = await refreshRecord({ db, ...platform }, { endpoint, key, session, caller, ...limits, wake })
      if (!reply.ok) throw new FaultError(reply.failure)
      // Shown by the time the caller goes on.
      await live.feed.refresh()
      stillOf(session.account)
      return given ? reply.record : live.record(ownRecord!).value$.value!
    },
    async describe(collection) {
      const { descriptions, account } = await called()
      const description = await descriptions.describe(collection)
      if (account !== undefined) stillOf(account)
      return description
    },
    async askDescription(collection) {
      const { token } = await signedIn()
      const { description } = await call(
        async (context) => ({ ok: true, description: await endpointOf(collection)!.describe!(collection, context) }),
        token,
      )
      return description
    },
    async expire({ sessionId }, error) {
      if (error instanceof FaultError && ruleOf(error.failure.kind).scope === 'account')
        await expireSession((await life.ready()).db, sessionId, error.failure)
    },
  }
}
