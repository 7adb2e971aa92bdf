// Floor 6: the core's edits and settlements with the names of the user service.
import { type Edit as CoreEdit, SavedEdit } from '../client/edit.js'
import type { Settlement as CoreSettlement } from '../live/settlements.js'
import type { Properties } from '../model/record.js'

/** A saved edit of the logged-in user. `T`: the user's type. */
export interface Edit<T = Properties> extends CoreEdit<T> {
  /** The same as `view`. */
  readonly user: T
  readonly settled: Promise<Settlement<T>>
}

/** The end of an edit of the logged-in user, as the core's, with the user by its name. */
export type Settlement<T = any> =
  /** `user`: as the backend has it after the edit; empty if it is not on this device any more. */
  | (CoreSettlement<T> & { readonly outcome: 'accepted'; readonly user: T })
  | Exclude<CoreSettlement<T>, { outcome: 'accepted' }>

export function accepted(user: Properties | null): object {
  return { user: user ?? {} }
}

export class UserEdit extends SavedEdit {
  readonly user: Properties = this.view ?? {}
}
