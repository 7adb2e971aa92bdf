// Floor 6: the core's edits and settlements with the names of the user service.
import { type Edit, SavedEdit } from '../client/edit.js'
import type { FaultEvent } from '../live/faults.js'
import type { FieldState, FieldStates } from '../live/record.js'
import type { Settlement } from '../live/settlements.js'
import type { Fault, ValuesOf } from '../model/fault.js'
import type { Properties, RecordKey } from '../model/record.js'

/** The collection under which users are stored. */
export const usersCollection = 'users'

/** A saved edit of the logged-in user. `T`: the user's type. */
export interface UserEdit<T = Properties> extends Edit<T> {
  /** The same as `view`. */
  readonly user: T
  readonly settled: Promise<UserSettlement<T>>
}

/** A fault of the logged-in user's record, which nobody makes or deletes. */
export interface UserFault<T = any> extends Fault<T> {
  mine: ValuesOf<T>
  theirs: ValuesOf<T>
}
/** A change of the fault inbox, as the core's, with faults of the app's users. */
export type UserFaultEvent<T = any> = FaultEvent<T, UserFault<T>>
/** The state of one property of the user, as the core's, with faults of the app's users. */
export type UserFieldState<T = any> = FieldState<T, UserFault<T>>
/** The properties of the user that are not confirmed, by name. */
export type UserFieldStates<T = any> = FieldStates<T, UserFault<T>>

/** The end of an edit of the logged-in user, as the core's, with the user by its name. */
export type UserSettlement<T = any> =
  | (Settlement<T> & {
      readonly outcome: 'accepted'
      /** The user as the backend has it after the edit; empty if it is not on this device any more. */
      readonly user: T
    })
  | Exclude<Settlement<T, UserFault<T>>, { outcome: 'accepted' }>

/** An edit whose record an earlier version did not note is one of the user. */
export function accepted(value: Properties | null, key: RecordKey | undefined): object {
  return key && key.collection !== usersCollection ? {} : { user: value ?? {} }
}

/** An edit of the logged-in user, or of a row of a table, which has no user. */
export class SavedUserEdit extends SavedEdit {
  declare readonly user?: Properties

  constructor(...made: ConstructorParameters<typeof SavedEdit>) {
    super(...made)
    if (this.key.collection === usersCollection) this.user = this.view ?? {}
  }
}
