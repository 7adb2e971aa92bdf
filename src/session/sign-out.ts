import type { PendingPolicy } from '../store/sessions.js'
import type { Accounts } from './accounts.js'

/**
 * Ends the session as the app wants its pending edits treated (R14). `send`: sends first, and throws `PendingEditsError` if
 * any remain; the others as `PendingPolicy` says; none: throws if any are pending. `account`: the one that this tab shows; one
 * that has logged in elsewhere meanwhile stays.
 */
export async function signOut(
  accounts: Accounts,
  { account, pending }: { account: string | undefined; pending: PendingPolicy | 'send' | undefined },
  flush: () => Promise<void>,
): Promise<void> {
  if (pending === 'send') await flush()
  // An app without types may ask for anything: what is none of ours decides nothing.
  await accounts.leave(pending === 'keep' || pending === 'discard' ? pending : undefined, account)
}
