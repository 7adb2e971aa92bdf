// Floor 5: turns the app's input into edits. Pure.
import { checkRecordSize } from '../endpoint/record-size.js'
import type { RecordState } from '../live/record.js'
import { seenOf } from '../model/ancestors.js'
import type { MadeEdit } from '../model/edit.js'
import { InvalidEditError } from '../model/errors.js'
import { knownOptions } from '../model/known-options.js'
import { differencePatch, normalizePatch, type PatchRules } from '../model/patch.js'
import { fieldsOf, only, own } from '../model/own.js'
import type { Json, Operation, Patch, Properties, RecordKey } from '../model/record.js'
import type { NewEdit } from '../store/edits.js'
import { idText } from '../model/refs.js'
import { recordId } from './record-id.js'

/** The options of an edit, checked. */
export interface CheckedOptions {
  meta: Json | undefined
  replaces: string | undefined
  separately: boolean
  after: readonly RecordKey[] | undefined
}

const optionNames = {
  create: ['meta', 'after'],
  update: ['meta', 'replaces', 'separately', 'after'],
  delete: ['meta', 'after'],
} as const

export function checkedOptions(
  op: Operation,
  given: object | undefined,
  fromDate: PatchRules['fromDate'],
): CheckedOptions {
  const { meta, replaces, separately, after } = knownOptions<Partial<CheckedOptions>>(given, optionNames[op])
  if (separately && replaces !== undefined)
    throw new TypeError('"separately" makes several edits, and "replaces" takes one')
  if (replaces !== undefined && typeof replaces !== 'string')
    throw new InvalidEditError('replaces', replaces, 'it has to be the id of an edit')
  const kept = meta === undefined ? meta : normalizePatch({ meta }, { isSent: false, fromDate }).meta
  return { meta: kept, replaces, separately: !!separately, after: after && recordKeysOf(after) }
}

function recordKeysOf(given: unknown): RecordKey[] {
  if (!Array.isArray(given)) throw new InvalidEditError('after', given, 'it is a list of the keys of records')
  return given.map((one: unknown) => {
    const { collection, id } = fieldsOf(one)
    if (typeof collection !== 'string') throw new InvalidEditError('after', one, 'a key names a collection and an id')
    return { collection, id: recordId(id) }
  })
}

/** A deletion changes no property. */
const nothing: Patch = Object.freeze({})

/** The patch of an edit of the record with this view; of a creation all its properties. */
export function patchFor(op: Operation, change: unknown, view: Properties, fromDate: PatchRules['fromDate']): Patch {
  if (op === 'delete') return nothing
  return op === 'create' ? normalizePatch(change, { fromDate, isEmpty: true }) : patchOf(change, view, fromDate)
}

/** The patch without the record's id, which no request sends. Another id is refused. */
export function withoutId(patch: Patch, idProperty: string | undefined, { id }: RecordKey, isEmpty: boolean): Patch {
  const given = idProperty === undefined ? undefined : own(patch, idProperty)
  if (given === undefined) return patch
  if (idText(given) !== id)
    throw new InvalidEditError(
      idProperty!,
      given,
      `the record's id is "${id}", and never changes: create takes it as an option`,
    )
  const left = only(patch, (name) => name !== idProperty)
  // Without it an update may change nothing, and is refused as such.
  return normalizePatch(left, { isSent: false, isEmpty })
}

/** The patch that the app wrote, or the difference that its draft makes. */
function patchOf(change: unknown, view: Properties, fromDate: PatchRules['fromDate']): Patch {
  if (typeof change !== 'function') return normalizePatch(change, { fromDate })
  const draft = structuredClone(view) as { [property: string]: Json }
  const made = (change as (draft: Properties) => unknown)(draft) as { then?: unknown } | null | undefined
  // A change after an await would be lost without a word.
  if (typeof made?.then === 'function') throw new InvalidEditError('', undefined, 'a draft function cannot be async')
  return normalizePatch(differencePatch(view, draft), { fromDate })
}

/** The patch of each edit; the checks have passed. `isLarge`: the patch may make the record too long. */
export function checkedParts(
  patch: Patch,
  view: Properties,
  { separately, isLarge }: { separately: boolean; isLarge: boolean },
  check: (part: Patch) => InvalidEditError | undefined,
): Patch[] {
  const parts = separately
    ? Object.entries(patch).map(([property, value]) => Object.freeze({ [property]: value }))
    : [patch]
  for (const part of parts) {
    const refusal = check(part) ?? (isLarge ? checkRecordSize(patch, view) : undefined)
    if (refusal) throw refusal
  }
  return parts
}

/** Adds the confirmed values of its properties that the person sees, if somebody observes the record (R1). */
export function editOf(
  key: RecordKey,
  edit: MadeEdit,
  { loaded, base, pending }: RecordState,
  after: CheckedOptions['after'],
): NewEdit {
  return { key, edit, seen: loaded ? seenOf(edit.patch, base, pending) : undefined, after }
}
