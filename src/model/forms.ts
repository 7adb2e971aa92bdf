import { own, propertiesFrom } from './own.js'
import type { Json, Patch, Properties } from './record.js'
import { equal } from './same.js'

/**
 * By property, the last value that was sent and what the backend has in its place (R4): known from its answers alone, since no
 * comparing shows that the two are the same.
 */
export type Forms = { readonly [property: string]: Json[] }

/** In characters of JSON: they lie in the record's row, which every request writes. */
const mostCharacters = 10_000

/** With the pairs of `names`. Of too many the older ones are forgotten; one that is too long by itself is not kept. */
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

/** Whether the backend is known to have `got` in the place of `sent`. */
export function isForm(forms: Forms | undefined, property: string, sent: Json, got: Json): boolean {
  const known = own(forms, property)
  return known !== undefined && equal(known, [sent, got])
}
