import { effectivePatch, type QueuedEdit } from './edit.js'
import type { Properties } from './record.js'

/**
 * The view (G6): the base, with the part of each edit that still counts laid over it in order. Null stays null. Frozen at its
 * top.
 */
export function fold(
  base: Properties | undefined,
  edits: readonly Pick<QueuedEdit, 'patch' | 'covered'>[],
): Properties {
  const view = new Map(Object.entries(base ?? {}))
  for (const edit of edits)
    for (const [property, value] of Object.entries(effectivePatch(edit))) view.set(property, value)
  return Object.freeze(Object.fromEntries(view))
}

/** The view with one more edit over it. */
export function foldOne(view: Properties, edit: Pick<QueuedEdit, 'patch' | 'covered'>): Properties {
  return Object.freeze({ ...view, ...effectivePatch(edit) })
}
