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
} from '../store/sessions.js'
import type { Tokens } from './tokens.js'

export interface UseOptions {
  /** None: requests carry none, for backends that know the caller by other means. */
  token?: string
  /** Keeps the token on the device, so that a later start goes on without a login. Default true; always so for a guest. */
  stayLoggedIn?: boolean
  /** A guest cannot log in again, so pending edits cannot wait for that. */
  guest?: boolean
  /** The account's own record, as the login answered with it. */
  confirmed?: Confirmed
}

export interface Accounts {
  /** Takes up the session as it is now; one whose token no tab has any more ends, its edits waiting as with `keep`. */
  restore(): Promise<void>
  /** Begins a session in place of whichever there was. Rejects with `PendingEditsError` for a guest's pending edits. */
  use(account: string, options?: UseOptions): Promise<void>
  /** Ends the session, of `account` only if it is given. Rejects with `PendingEditsError` as `logout` says. */
  leave(policy: PendingPolicy | undefined, account?: string): Promise<void>
}

export function createAccounts(parts: { db: Database; tokens: Tokens; clock: Clock; random: Random }): Accounts {
  const { db, tokens, clock, random } = parts
  let restoring: Promise<void> | undefined

  const restore = async (): Promise<void> => {
    // Once more after each question: another session may have begun meanwhile.
    for (let session = await readSession(db); session && !tokens.of(session); session = await readSession(db)) {
      await tokens.ask(session)
      if (!tokens.of(session)) await abandonSession(db, session.sessionId)
    }
  }

  return {
    restore: () => (restoring ??= restore().finally(() => (restoring = undefined))),
    async use(account, { token, stayLoggedIn = true, guest = false, confirmed } = {}) {
      const sessionId = random.id()
      const hasToken = token !== undefined
      const stored = hasToken && (stayLoggedIn || guest)
      const session: Session = { account, sessionId, hasToken, stayLoggedIn, guest, token: stored ? token : undefined }
      // In memory first: the commit wakes the sender.
      if (hasToken) tokens.keep(sessionId, token)
      await beginSession(db, session, confirmed)
    },
    async leave(policy, account) {
      const isMeant = (session: Session): boolean => account === undefined || session.account === account
      if (await endSession(db, policy, clock.now(), isMeant)) tokens.forget()
    },
  }
}
