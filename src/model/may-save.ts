// Whether an edit can be made of a record as it stands (R17, R18). The view is asked when the edit is made, and the lane's rows
// once more in the transaction that saves it, since another tab may have changed them a moment ago.
import { type MadeEdit, opOf } from './edit.js'
import { InvalidEditError } from './errors.js'
import type { Fault } from './fault.js'
import type { Operation, RecordKey, State } from './record.js'
import type { Ref } from './refs.js'

/** A record before the edit. */
export interface Standing {
  base: State
  /** Its pending edits, in order. */
  edits: readonly Pick<MadeEdit, 'id' | 'op'>[]
  /** Its open faults. */
  faults: readonly Pick<Fault, 'id' | 'op'>[]
  /** A look-back of it is owed, or a copy of an older deletion may still arrive (R3). */
  owes: boolean
}

/**
 * `exists`: of a creation. `deleted`: the record is deleted, or is being deleted. `refused`: its creation was refused, and the
 * fault is open. `lost`: it was made here, and this device has neither its name nor its creation any more. `editId`: the deletion
 * that is pending already.
 */
export interface Objection {
  code: 'exists' | 'deleted' | 'refused' | 'lost'
  editId?: string
}

/** The reason against the edit, if there is one. `answers`: the fault that the edit answers. */
export function objectionTo(
  op: Operation,
  { base, edits, faults, owes }: Standing,
  answers?: string,
): Objection | undefined {
  const turn = edits.findLast((edit) => opOf(edit) !== 'update')
  if (turn && opOf(turn) === 'delete') return { code: 'deleted', editId: turn.id }
  if (!turn && faults.some((fault) => fault.op === 'create' && fault.id !== answers)) return { code: 'refused' }
  if (op === 'create') {
    if (turn || base || (base === undefined && edits.length)) return { code: 'exists' }
    // Updates of what is gone get their verdict first, and a late copy of an older creation or deletion may still arrive.
    return edits.length || owes ? { code: 'deleted' } : undefined
  }
  // A repeated update of what is gone is sent again: the record may be back (R22).
  return !turn && base === null && answers === undefined ? { code: 'deleted' } : undefined
}

export const lostName = 'was made here, and its name went with the data of this device'

const advice: { readonly [code in Objection['code']]: string } = {
  exists: 'exists already: update it, or create another under a new id',
  deleted: 'is deleted, or is being deleted: create another under a new id',
  refused: 'was refused when it was created: amend its fault, or discard it',
  lost: `${lostName}: look for it under the id that the backend has given it`,
}

export function objectionError({ collection, id }: RecordKey, { code }: Objection): InvalidEditError {
  return new InvalidEditError('', id, `record "${id}" of "${collection}" ${advice[code]}`, code)
}

/** For an edit with the id of a record that only this device knows, at a place where no request translates it. */
export function undeclaredError(of: string, { property: path, collection, id }: Ref): InvalidEditError {
  const rule = `at "${path}" it has the id of record "${id}" of "${collection}", which was made here and which the backend has not named yet: declare that path in the \`refs\` of "${of}"`
  return new InvalidEditError(path.split('.')[0]!, id, rule, 'undeclared')
}

/** For an edit that names a record which is deleted, or whose creation was not saved. */
export function refObjectionError(
  property: string,
  { collection, id }: RecordKey,
  is = 'is deleted',
): InvalidEditError {
  return new InvalidEditError(property, id, `it names record "${id}" of "${collection}", which ${is}`, 'deleted')
}
