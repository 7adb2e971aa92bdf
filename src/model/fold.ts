import { effectivePatch, opOf, type QueuedEdit } from './edit.js'
import type { Properties, State } from './record.js'

type Folded = Pick<QueuedEdit, 'op' | 'patch' | 'covered'>

/**
 * The view (G6, R17): the base, with the part of each edit that still counts laid over it in order. Null stays null. A creation
 * gives its values, a deletion `null`; an update of what does not exist changes nothing. Frozen at its top.
 */
export function fold(base: State, edits: readonly Folded[]): State {
  let view: Map<string, Properties[string]> | null | undefined = base && new Map(Object.entries(base))
  for (const edit of edits) {
    const op = opOf(edit)
    if (op === 'delete') view = null
    else if (op === 'create') view = new Map(Object.entries(effectivePatch(edit)))
    else if (view !== null)
      for (const [property, value] of Object.entries(effectivePatch(edit))) (view ??= new Map()).set(property, value)
  }
  return view && Object.freeze(Object.fromEntries(view))
}

/** The view with one more edit over it. */
export function foldOne(view: State, edit: Folded): State {
  const op = opOf(edit)
  if (op === 'delete' || (op === 'update' && view === null)) return null
  return Object.freeze(op === 'create' ? { ...effectivePatch(edit) } : { ...view, ...effectivePatch(edit) })
}
