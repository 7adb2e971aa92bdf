// Floor 6: the user service as its SDKs offer it, on the core.
import type { ClientParts } from '../client/client.js'
import type { LogoutPolicy } from '../client/session-calls.js'
import { isSegment } from '../endpoint/address.js'
import type { Live } from '../live/live-value.js'
import {
  coded,
  FaultError,
  InvalidEditError,
  NotLoggedInError,
  PendingEditsError,
  type StorageError,
} from '../model/errors.js'
import { type Failure, ruleOf } from '../model/failure.js'
import { knownOptions } from '../model/known-options.js'
import { isSecret } from '../model/own.js'
import type { Json, Patch, RecordKey } from '../model/record.js'
import type { Change, SeparateOptions, UpdateOptions } from '../client/edit.js'
import type { Asked } from '../store/sessions.js'
import type { CallContext, Outcome } from './ask.js'
import type { BackendlessCalls, LoggedIn } from './calls.js'
import { type UserEdit, type UserFieldStates, usersCollection } from './edit.js'
import type { UserChange } from './types.js'

/** Options of the calls that begin a session. */
export interface LoginOptions {
  /** Keeps the session's token on this device for the next start. Default true. */
  stayLoggedIn?: boolean
}

/**
 * Who is logged in, in every tab. `userId`: the `objectId` of the user. `expired`: the backend does not take the session any more, as
 * `failure` says; Holdfast saves edits and holds them.
 */
export type UserSession =
  | { readonly state: 'opening' }
  | { readonly state: 'signed-out' }
  | { readonly state: 'signed-in'; readonly userId: string }
  | { readonly state: 'expired'; readonly userId: string; readonly failure: Failure }

const loginOptions = ['stayLoggedIn'] as const

/**
 * `U`: the app's own type of its users. Online calls reject with `FaultError`; all with `StorageError` when storage refuses.
 *
 * `login`, `loginAsGuest`, `register` in a guest's session, `resume` and `logout` compete across all tabs: the call that was
 * made last decides who is logged in, even if it fails. An earlier call that is not done by then rejects with
 * `SupersededError`; the session that an overtaken login has brought is ended at the backend, without waiting for the answer.
 *
 * Each other call belongs to the account that this tab shows at the call, or shows first, while the client opens. It rejects
 * with `NotLoggedInError` when another account, or nobody, is logged in by the time that it is carried out.
 */
export interface Users<U> {
  /** Who is logged in; `opening` until this device has been read. */
  readonly session$: Live<UserSession>
  /** The logged-in user, with all saved edits that are not confirmed yet. */
  readonly current$: Live<U | undefined>
  /** The properties of the user that are not confirmed. */
  readonly fields$: Live<UserFieldStates<U>>
  /**
   * Resolves when the session is on this device, in place of the one before, which is ended at the backend without waiting
   * for the answer. Rejects with `PendingEditsError` in a guest's session with pending edits, before any request.
   */
  login(identity: string, password: string, options?: LoginOptions): Promise<U>
  /** Begins a guest's session; its token is kept on this device. Resolves with the guest; rejects as `login` does. */
  loginAsGuest(): Promise<U>
  /**
   * Logs nobody in; in a guest's session it makes the guest a user, who keeps account and pending edits. Rejects with `FaultError` when the
   * backend refuses or gives no answer, and with `InvalidEditError` for a property that the backend would keep as plain text.
   */
  register(properties: { readonly [property: string]: Json }): Promise<U>
  /**
   * Adopts a session of the official SDK, offline too. Takes the pair on trust. When a later call decides, the session is not
   * ended at the backend: it stays the SDK's.
   */
  resume(session: { userToken: string; objectId: string }, options?: LoginOptions): Promise<void>
  /**
   * Reads the user from the backend; pending edits stay laid over it. Resolves when what came is shown. Rejects with `FaultError` when the
   * read fails, and with `NotLoggedInError` when nobody is logged in.
   */
  refresh(): Promise<U>
  /**
   * Saves an edit: the changed properties only, or a function that changes a draft. Resolves when the edit is saved on this
   * device; its `settled` resolves with the backend's decision. Rejects with `InvalidEditError`, `NotLoggedInError`,
   * `StorageError` or, for options that do not exist, `TypeError`; then nothing was saved. With `separately` it resolves with
   * an edit of each property, in the patch's order.
   */
  update(change: UserChange<U>, options: SeparateOptions): Promise<UserEdit<U>[]>
  /** Saves one edit, as above. */
  update(change: UserChange<U>, options?: UpdateOptions): Promise<UserEdit<U>>
  /**
   * Online only; the password is never stored. Without an answer it rejects with `outcome: 'unknown'`: the password may have
   * changed.
   */
  changePassword(password: string): Promise<void>
  /** Asks the backend to send its recovery mail. Rejects with `FaultError` when the backend refuses or gives no answer. */
  restorePassword(identity: string): Promise<void>
  /**
   * The properties that users have, by the backend's description; cached, so that it answers offline too. Rejects with `FaultError` when
   * this device has none yet and the backend gives none.
   */
  describe(): Promise<Json>
  /**
   * Logs out the account that this tab shows, in every tab; succeeds offline. Rejects with `PendingEditsError` when edits are
   * pending and `pending` is not given, and with `NotLoggedInError` when another account has logged in meanwhile.
   */
  logout(options?: { pending?: LogoutPolicy }): Promise<void>
}

export function userKey(account: string): RecordKey {
  return { collection: usersCollection, id: account }
}

export function createUsers<U>(parts: ClientParts, calls: BackendlessCalls): Users<U> {
  const { client, live, call, signedIn } = parts
  const own = live.record(userKey)
  const view = (): U => own.value$.value as U

  /** Nobody waits for the backend: offline, a session ends by its own clock. */
  const end = (token: string | undefined): void => {
    if (token !== undefined) call((context) => calls.logout(token, context)).catch(() => {})
  }

  const begin = async (
    turn: number | undefined,
    { id, record, token, asked }: LoggedIn & { asked: Asked },
    options: LoginOptions & { guest?: boolean },
  ): Promise<U> => {
    const confirmed = { key: userKey(id), record, ...asked }
    end(await parts.use(turn, id, { ...options, token, confirmed }))
    // Another login may have come since: that user is not the answer to this call.
    return live.feed.snapshot?.session?.account === id ? view() : (record as U)
  }

  /** Makes the call of a login, and begins the session of its answer, or ends that session where it cannot begin. */
  const logIn = async (
    ask: (context: CallContext) => Promise<Outcome<LoggedIn>>,
    options: LoginOptions & { guest?: boolean },
  ): Promise<U> => {
    const turn = await parts.takeTurn()
    // A guest's edits would be stranded: the call rejects before any request (R14).
    const { session, counts } = live.feed.snapshot ?? {}
    if (session?.guest && counts?.pending) throw new PendingEditsError(counts.pending)
    const loggedIn = await call(ask)
    return begin(turn, loggedIn, options).catch((error: StorageError) => {
      // With an unknown outcome this may be the session that all tabs go on with.
      if (!error.outcome) end(loggedIn.token)
      throw error
    })
  }

  function update(change: UserChange<U>, options: SeparateOptions): Promise<UserEdit<U>[]>
  function update(change: UserChange<U>, options?: UpdateOptions): Promise<UserEdit<U>>
  async function update(
    change: UserChange<U>,
    options?: UpdateOptions | SeparateOptions,
  ): Promise<UserEdit<U> | UserEdit<U>[]> {
    const shown = live.feed.snapshot
    // No await before the edit is shown, once the client is open (G2).
    if (!shown?.session) await parts.opened()
    const account = (shown ?? live.feed.snapshot)?.session?.account
    if (account === undefined) throw coded(new NotLoggedInError(), 3028)
    const patch = ownPatch(change as Change, account)
    return parts.update(userKey(account), patch, options, account) as Promise<UserEdit<U> | UserEdit<U>[]>
  }

  return {
    session$: client.session$ as Live<unknown> as Live<UserSession>,
    current$: own.value$ as Live<U | undefined>,
    fields$: own.fields$ as Live<unknown> as Live<UserFieldStates<U>>,
    login: async (identity, password, options) =>
      logIn((context) => calls.login(identity, password, context), knownOptions(options, loginOptions)),
    loginAsGuest: () => logIn((context) => calls.loginAsGuest(context), { guest: true }),
    async register(properties) {
      const secret = Object.keys(properties).find((name) => name !== 'password' && isSecret(name))
      if (secret !== undefined) throw new InvalidEditError(secret, undefined, 'the backend would keep it as plain text')
      const shown = live.feed.snapshot
      const turn = await parts.takeTurn(() => !!(shown ?? live.feed.snapshot)?.session?.guest)
      const guest = turn === undefined ? undefined : await signedIn(shown)
      const objectId = guest && { objectId: guest.session.account }
      const { id, record, asked } = await call((context) =>
        calls.register({ ...properties, ...objectId }, guest?.token, context),
      )
      if (guest?.token === undefined || id !== guest.session.account) return record as U
      return begin(turn, { id, record, token: guest.token, asked }, {})
    },
    async resume(session, options) {
      const { userToken, objectId } = session ?? {}
      // The pair is taken on trust, but it has to be one: an empty place in the SDK's storage is no session.
      if (![userToken, objectId].every(isSegment))
        throw new TypeError('resume() takes "userToken" and "objectId", two texts of more than dots')
      const known = knownOptions(options, loginOptions)
      end(await parts.adopt(objectId, { ...known, token: userToken }))
    },
    refresh: () => parts.refresh() as Promise<U>,
    update,
    async changePassword(password) {
      const { session, token } = await signedIn()
      const request = { userId: session.account, token: token ?? '', password }
      try {
        await call((context) => calls.changePassword(request, context))
      } catch (error) {
        await parts.expire(session, error)
        const isUnanswered = error instanceof FaultError && ruleOf(error.failure.kind).class === 'wait'
        throw isUnanswered ? new FaultError(error.failure, 'unknown') : error
      }
    },
    async restorePassword(identity) {
      await call((context) => calls.restorePassword(identity, context))
    },
    describe: () => parts.describe(usersCollection),
    async logout(options) {
      end(await parts.leave(options))
    },
  }
}

/** A patch may have the user's own `objectId`, which changes nothing. Another's is refused as the backend would (3029). */
function ownPatch(change: Change, account: string): Change {
  if (typeof change !== 'object' || change === null || !Object.hasOwn(change, 'objectId')) return change
  const { objectId, ...patch } = change as Patch
  if (objectId === account) return patch
  throw new InvalidEditError('objectId', objectId, `it names another user than the one logged in, ${account}`, 3029)
}
