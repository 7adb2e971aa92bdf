// Who is logged in (R14). A session belongs to the database: a login in one tab is a login in all.
import type { Clock, Random } from '../platform/platform.js'
import type { Database } from '../store/database.js'
import type { Session } from '../store/rows.js'
import {
  abandonSession,
  beginSession,
  type Confirmed,
  endSession,
  type PendingPolicy,
  readSession,
  sessionOf,
} from '../store/sessions.js'
import type { Tokens } from './tokens.js'

/** Options of `session.use`. */
export interface UseOptions {
  /** The token of the requests. Default: they carry none, for backends that know the caller by other means. */
  token?: string
  /** Keeps the token on the device, so that a later start goes on without a login. Default true; always so for a guest. */
  stayLoggedIn?: boolean
  /** A guest cannot log in again, so pending edits cannot wait for that. Default false. */
  guest?: boolean
  /** The account's own record, from the answer of the login. Default: none. */
  confirmed?: Confirmed
}

export interface Accounts {
  /**
   * Takes up the present session, and forgets tokens of others. A session whose token no tab has any more ends; its edits
   * wait as with `keep`.
   */
  restore(): Promise<void>
  /**
   * Begins a session in place of the one before; resolves with the token that is of no more use then. Rejects with
   * `PendingEditsError` for a guest's pending edits, with `SupersededError` when a call after `turn` decides.
   */
  use(account: string, options?: UseOptions, turn?: number): Promise<string | undefined>
  /**
   * Ends the session; resolves with its token, if this tab has it. Rejects with `PendingEditsError` as `logout` says, with
   * `SupersededError` when a call after `turn` decides, with `NotLoggedInError` when the session is not of `account`.
   */
  leave(
    policy: PendingPolicy | undefined,
    by?: { account?: string | undefined; turn?: number },
  ): Promise<string | undefined>
}

export function createAccounts(parts: { db: Database; tokens: Tokens; clock: Clock; random: Random }): Accounts {
  const { db, tokens, clock, random } = parts
  let restoring: Promise<void> | undefined

  const restore = async (): Promise<void> => {
    // Looked up again after each question: another session may have begun meanwhile.
    for (;;) {
      const session = await readSession(db)
      tokens.follow(session?.sessionId)
      if (!session || tokens.of(session)) return
      await tokens.ask(session)
      if (!tokens.of(session)) await abandonSession(db, session.sessionId)
    }
  }

  return {
    restore: () => (restoring ??= restore().finally(() => (restoring = undefined))),
    async use(account, { token, stayLoggedIn = true, guest = false, confirmed } = {}, turn) {
      const sessionId = random.id()
      const hasToken = token !== undefined
      const stored = hasToken && (stayLoggedIn || guest)
      const session: Session = { account, sessionId, hasToken, stayLoggedIn, guest, token: stored ? token : undefined }
      const keep = (): void => void (hasToken && !stored && tokens.keep(sessionId, token))
      // Before, since a commit that is reported as failed may have begun the session; and after, since this tab may have
      // followed the session before meanwhile, and forgotten this token.
      keep()
      const old = await beginSession(db, session, confirmed, turn)
      if (old === 'begun') {
        await restore()
        return undefined
      }
      keep()
      const replaced = old && !old.expired ? tokens.of(old)?.token : undefined
      tokens.follow(sessionId)
      return replaced === token ? undefined : replaced
    },
    async leave(policy, { account, turn } = {}) {
      const isMeant = (session: Session): boolean => account === undefined || !!sessionOf({ session }, account)
      const old = await endSession(db, policy, clock.now(), isMeant, turn)
      const token = old && tokens.of(old)?.token
      if (old) tokens.follow(undefined)
      return token
    },
  }
}
