import type { PendingPolicy } from '../store/sessions.js'
import type { Accounts } from './accounts.js'

/**
 * Ends the session with its pending edits treated as the app asks (R14). `send`: sends first, and throws `PendingEditsError`
 * if any remain; the others as `PendingPolicy` says; none: throws if any are pending. `account`, `turn`: see
 * `Accounts.leave`. Resolves with the token that the session had.
 */
export async function signOut(
  accounts: Accounts,
  {
    account,
    turn,
    pending,
  }: { account: string | undefined; turn: number; pending: PendingPolicy | 'send' | undefined },
  flush: () => Promise<void>,
): Promise<string | undefined> {
  if (pending === 'send') await flush()
  // An app without types may pass any value: an unknown one decides nothing.
  return accounts.leave(pending === 'keep' || pending === 'discard' ? pending : undefined, { account, turn })
}
