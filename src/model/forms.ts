import { own, propertiesFrom } from './own.js'
import type { Json, Patch, Properties } from './record.js'
import { equal } from './same.js'

/**
 * By property, the last value that was sent and the backend's value in its place (R4). Only answers show that the two are the
 * same value; no comparison does.
 */
export type Forms = { readonly [property: string]: Json[] }

/** In characters of JSON: the pairs lie in the record's row, which every request writes. */
const mostCharacters = 10_000

/**
 * Adds the pairs of `names`. When there are too many, the older ones are dropped; a pair that is too long by itself is not
 * kept.
 */
export function noteForms(
  forms: Forms | undefined,
  names: readonly string[],
  sent: Patch,
  got: Properties,
): Forms | undefined {
  if (!names.length) return forms
  const fresh = propertiesFrom(names, (name) => [sent[name]!, own(got, name) ?? null]) as Forms
  return [{ ...forms, ...fresh }, fresh].find((one) => JSON.stringify(one).length <= mostCharacters) ?? forms
}

/** Whether the backend is known to keep `sent` as `got`. */
export function isForm(forms: Forms | undefined, property: string, sent: Json, got: Json): boolean {
  const known = own(forms, property)
  return known !== undefined && equal(known, [sent, got])
}
