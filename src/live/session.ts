import type { Failure } from '../model/failure.js'
import type { Snapshot } from '../store/rows.js'

/**
 * Who is logged in, in every tab. `expired`: the backend does not take the session any more; Holdfast saves edits and holds
 * them.
 */
export type SessionState =
  | { readonly state: 'opening' }
  | { readonly state: 'signed-out' }
  | { readonly state: 'signed-in'; readonly userId: string }
  | { readonly state: 'expired'; readonly userId: string; readonly failure: Failure }

/** `isUnavailable`: no snapshot will ever come. */
export function sessionState(snapshot: Snapshot | undefined, isUnavailable = false): SessionState {
  if (!snapshot && !isUnavailable) return { state: 'opening' }
  if (!snapshot?.session) return { state: 'signed-out' }
  const { account: userId, expired: failure } = snapshot.session
  return failure ? { state: 'expired', userId, failure } : { state: 'signed-in', userId }
}
