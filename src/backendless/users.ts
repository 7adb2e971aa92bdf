// Floor 6: the user service as its SDKs have it, on the core.
import type { ClientParts, LogoutPolicy } from '../client.js'
import type { Live } from '../live/live-value.js'
import type { FieldStates } from '../live/record.js'
import { FaultError, InvalidEditError, NotLoggedInError, PendingEditsError } from '../model/errors.js'
import { failureClass } from '../model/failure.js'
import type { Json, Patch, RecordKey } from '../model/record.js'
import type { Change, Edit, UpdateOptions } from '../save-edit.js'
import type { Asked } from '../store/sessions.js'
import type { BackendlessCalls, LoggedIn } from './calls.js'
import type { UserDraft, UserPatch } from './types.js'

export interface LoginOptions {
  /** Keeps the session's token on this device for the next start. Default true. */
  stayLoggedIn?: boolean
}

/** `U`: the app's own type of its users. Online calls reject with `FaultError`; all with `StorageError` when storage refuses. */
export interface Users<U> {
  readonly session$: ClientParts['client']['session$']
  /** The logged-in user, with everything in it that is saved and not yet confirmed. */
  readonly current$: Live<U | undefined>
  readonly fields$: Live<FieldStates>
  /** Rejects with `PendingEditsError` in a guest's session with pending edits, before any request. */
  login(identity: string, password: string, options?: LoginOptions): Promise<U>
  loginAsGuest(): Promise<U>
  /** Logs nobody in; in a guest's session it makes the guest a user, who keeps account and pending edits. */
  register(properties: { readonly [property: string]: Json }): Promise<U>
  /** Adopts a session of the official SDK, offline too. The pair is taken on trust. */
  resume(session: { userToken: string; objectId: string }, options?: LoginOptions): Promise<void>
  /** Reads the user from the backend; pending edits stay over it. */
  refresh(): Promise<U>
  /**
   * Saves an edit: what changes and nothing else, or a function that changes a draft. Resolves when it is saved on this
   * device; `settled` tells what the backend made of it. Rejects with `InvalidEditError`, `NotLoggedInError` or
   * `StorageError`; then nothing was saved.
   */
  update(change: UserPatch<U> | ((draft: UserDraft<U>) => void), options?: UpdateOptions): Promise<Edit<U>>
  /** Online only, never stored. Without an answer it rejects with `outcome: 'unknown'`: the password may have changed. */
  changePassword(password: string): Promise<void>
  /** Has the backend send its recovery mail. */
  restorePassword(identity: string): Promise<void>
  /** The properties that users have, as the backend describes them; cached, so that it answers offline too. */
  describe(): Promise<Json>
  /** Succeeds offline. Rejects with `PendingEditsError` when edits are pending and `pending` is not given. */
  logout(options?: { pending?: LogoutPolicy }): Promise<void>
}

/** The collection under which users are stored. */
const collection = 'users'

export function userKey(account: string): RecordKey {
  return { collection, id: account }
}

export function createUsers<U>(parts: ClientParts, calls: BackendlessCalls): Users<U> {
  const { client, live, call, signedIn } = parts
  const view = (): U => live.own.value$.value as U

  const begin = async (
    { user, userId, token, asked }: LoggedIn & { asked: Asked },
    options: LoginOptions & { guest?: boolean },
  ): Promise<U> => {
    const confirmed = { key: userKey(userId), record: user, ...asked }
    await client.session.use(userId, { ...options, token, confirmed })
    // Another login may have come since: its user is not this one's answer.
    return live.feed.snapshot?.session?.account === userId ? view() : (user as U)
  }

  /** A guest's edits would be stranded: said before anything is asked of the backend (R14). */
  const checkGuest = async (): Promise<void> => {
    await parts.opened()
    const { session, counts } = live.feed.snapshot ?? {}
    if (session?.guest && counts?.pending) throw new PendingEditsError(counts.pending)
  }

  return {
    session$: client.session$,
    current$: live.own.value$ as Live<U | undefined>,
    fields$: live.own.fields$,
    async login(identity, password, options = {}) {
      await checkGuest()
      return begin(await call((context) => calls.login(identity, password, context)), options)
    },
    async loginAsGuest() {
      await checkGuest()
      return begin(await call((context) => calls.loginAsGuest(context)), { guest: true })
    },
    async register(properties) {
      await parts.opened()
      const guest = live.feed.snapshot?.session?.guest ? await signedIn() : undefined
      const objectId = guest && { objectId: guest.session.account }
      const { user, userId, asked } = await call((context) =>
        calls.register({ ...properties, ...objectId }, guest?.token, context),
      )
      if (guest?.token === undefined || userId !== guest.session.account) return user as U
      return begin({ user, userId, token: guest.token, asked }, {})
    },
    async resume(session, options) {
      const { userToken, objectId } = session ?? {}
      // Taken on trust, and still not for nothing: an empty place in the SDK's storage is no session.
      if (![userToken, objectId].every((text: unknown) => typeof text === 'string' && !/^\.*$/.test(text)))
        throw new TypeError('resume() takes "userToken" and "objectId", two texts of more than dots')
      await client.session.use(objectId, { ...options, token: userToken })
    },
    async refresh() {
      const { session } = await signedIn()
      await parts.refresh(userKey(session.account))
      return view()
    },
    async update(change, options) {
      // No await before the edit is shown, once open (G2).
      if (!live.feed.snapshot?.session) await parts.opened()
      const account = live.feed.snapshot?.session?.account
      if (account === undefined) throw new NotLoggedInError()
      return parts.update(userKey(account), ownPatch(change as Change, account), options) as unknown as Promise<Edit<U>>
    },
    async changePassword(password) {
      const { session, token } = await signedIn()
      const request = { userId: session.account, token: token ?? '', password }
      try {
        await call((context) => calls.changePassword(request, context))
      } catch (error) {
        await parts.expire(session, error)
        const isUnanswered = error instanceof FaultError && failureClass(error.failure.kind) === 'wait'
        throw isUnanswered ? new FaultError(error.failure, 'unknown') : error
      }
    },
    async restorePassword(identity) {
      await call((context) => calls.restorePassword(identity, context))
    },
    describe: () => parts.describe(collection),
    async logout(options) {
      await parts.opened()
      const token = live.feed.snapshot?.session && (await signedIn()).token
      await client.session.leave(options)
      // The backend is told in passing: offline, its session ends by its own clock.
      if (token !== undefined) call((context) => calls.logout(token, context)).catch(() => {})
    },
  }
}

/** The user's own `objectId` may stand in a patch; it changes nothing. Another's is refused as the backend would (3029). */
function ownPatch(change: Change, account: string): Change {
  if (typeof change !== 'object' || change === null || !Object.hasOwn(change, 'objectId')) return change
  const { objectId, ...patch } = change as Patch
  if (objectId === account) return patch
  throw new InvalidEditError('objectId', objectId, `it names another user than the one logged in, ${account}`, 3029)
}
