import type { Failure } from '../model/failure.js'
import type { Snapshot } from '../store/snapshot-data.js'

/**
 * Who is logged in, in every tab. `account`: as `session.use` got it. `expired`: the backend does not take the session any more, as
 * `failure` says; Holdfast saves edits and holds them.
 */
export type SessionState =
  | { readonly state: 'opening' }
  | { readonly state: 'signed-out' }
  | { readonly state: 'signed-in'; readonly account: string }
  | { readonly state: 'expired'; readonly account: string; readonly failure: Failure }

/** `isUnavailable`: no snapshot will ever come. `named`: see `LiveSource`. */
export function sessionState(
  snapshot: Snapshot | undefined,
  isUnavailable = false,
  named: (account: string) => object = (account) => ({ account }),
): SessionState {
  if (!snapshot && !isUnavailable) return { state: 'opening' }
  if (!snapshot?.session) return { state: 'signed-out' }
  const { account, expired: failure } = snapshot.session
  const state = failure ? { state: 'expired', failure } : { state: 'signed-in' }
  return { ...state, ...named(account) } as SessionState
}
