// Floor 3: edits that ended because a record that they name had come to nothing (R20). Each is in its fault, and saved anew once the
// person has that record created after all.
import { type MadeEdit, opOf } from '../model/edit.js'
import { isDependency } from '../model/failure.js'
import type { Fault } from '../model/fault.js'
import { foldOne } from '../model/fold.js'
import { only, own } from '../model/own.js'
import { laneName, type LaneKey, type Properties, type State } from '../model/record.js'
import { isDeviceId, type Relations } from '../model/refs.js'
import { equal } from '../model/same.js'
import type { Names } from './names.js'
import { keysOf } from './order.js'

/** A new edit with the values of a fault. */
export interface Waiting {
  fault: Fault
  key: LaneKey
  edit: MadeEdit
  told: Properties
}

export interface WaitingContext {
  account: string
  faults: readonly Fault[]
  names: Names
  relations: Relations | undefined
  nowMs: number
}

/**
 * The faults of kind `dependency` that these records have caused, and those that these have. `first`: the id of an edit that creates one
 * of them; those of the new edits begin with it. Properties that the person has written again since are left out.
 */
export function waitingFor(
  created: readonly LaneKey[],
  first: string,
  { account, faults, names, relations, nowMs }: WaitingContext,
): Waiting[] {
  const open = created.length && relations?.refsOf ? faults.filter(isDependency) : []
  const reached = new Set(created.map(laneName))
  const found = new Map<string, Waiting>()
  for (let before = -1; before < found.size;) {
    before = found.size
    for (const fault of open) {
      const { id, op = 'update', collection, recordId, mine, base, theirs, overtaken = [], meta, editIds } = fault
      const key = { account, collection, id: recordId }
      const patch = only(mine ?? {}, (name) => !overtaken.includes(name))
      if (
        found.has(id) ||
        !keysOf(key, [{ patch }], names, relations?.refsOf).some((one) => reached.has(laneName(one)))
      )
        continue
      if (op === 'create') reached.add(laneName(key))
      const edit: MadeEdit = {
        id: `${first}.${found.size.toString(36)}`,
        op: op === 'update' ? undefined : op,
        patch,
        hasOwnId: (op === 'create' && !isDeviceId(recordId)) || undefined,
        meta,
        retryOf: editIds.at(-1),
        atMs: nowMs,
      }
      const told = op === 'update' ? { ...base, ...theirs } : {}
      found.set(id, { fault, key, edit, told: relations!.rename(collection, told, remoteIdOf) })
    }
  }
  return [...found.values()]

  function remoteIdOf(collection: string, id: string): string | number | undefined {
    return names.remoteIdOf({ account, collection, id }) ?? undefined
  }
}

/** The fault with the values of an edit that answers it: that names a record which came to nothing as well. `base`: the record's. */
export function amended(fault: Fault, edit: MadeEdit, base: State, causedBy: string | undefined): Fault {
  const { patch } = edit
  const { mine, theirs, view, overtaken } = fault
  const known = opOf(edit) === 'update' ? only(base ?? {}, (name) => Object.hasOwn(patch, name)) : {}
  return {
    ...fault,
    causedBy,
    mine: patch,
    properties: Object.keys(patch),
    base: { ...known, ...fault.base },
    theirs: theirs && { ...known, ...theirs },
    ...(view && { view: foldOne(view, edit)! }),
    ...(overtaken && {
      overtaken: overtaken.filter((name) => equal(own(mine, name) ?? null, own(patch, name) ?? null)),
    }),
  }
}
