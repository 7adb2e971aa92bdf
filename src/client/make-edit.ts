// Floor 5: turns the app's input into edits. Pure.
import { checkRecordSize } from '../endpoint/record-size.js'
import type { RecordState } from '../live/record.js'
import { seenOf } from '../model/ancestors.js'
import type { MadeEdit } from '../model/edit.js'
import { InvalidEditError } from '../model/errors.js'
import { knownOptions } from '../model/known-options.js'
import { differencePatch, normalizePatch, type PatchRules } from '../model/patch.js'
import type { Json, Patch, Properties, RecordKey } from '../model/record.js'
import type { NewEdit } from '../store/edits.js'
import type { SeparateOptions, UpdateOptions } from './edit.js'

/** The options of an edit, checked. */
export interface EditOptions {
  meta: Json | undefined
  replaces: string | undefined
  separately: boolean
}

export function checkedOptions(
  given: UpdateOptions | SeparateOptions | undefined,
  fromDate: PatchRules['fromDate'],
): EditOptions {
  const options: UpdateOptions | SeparateOptions = knownOptions(given, ['meta', 'replaces', 'separately'])
  const { meta, replaces, separately } = options as UpdateOptions & Partial<SeparateOptions>
  if (separately && replaces !== undefined)
    throw new TypeError('"separately" makes several edits, and "replaces" takes one')
  if (replaces !== undefined && typeof replaces !== 'string')
    throw new InvalidEditError('replaces', replaces, 'it has to be the id of an edit')
  const kept = meta === undefined ? meta : normalizePatch({ meta }, { isSent: false, fromDate }).meta
  return { meta: kept, replaces, separately: !!separately }
}

/** The patch that the app wrote, or the difference that its draft makes. */
export function patchOf(change: unknown, view: Properties, fromDate: PatchRules['fromDate']): Patch {
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
export function editOf(key: RecordKey, edit: MadeEdit, { loaded, base, pending }: RecordState): NewEdit {
  return { key, edit, seen: loaded ? seenOf(edit.patch, base, pending) : undefined }
}
