import { isHostile, only, own } from './own.js'
import type { Json, Patch, Properties } from './record.js'
import { equal } from './same.js'

/**
 * Which properties of a request the backend stored, by the record that it answered with (R4, R5). Stored: the same value, or
 * one that is neither what was sent nor what was there before (the backend's own form of it). Not stored: absent (null, to `same`), or still
 * the previous value, which counts as null when nothing is known of it. A sent null is stored when the property is absent or null.
 * `reformed`: what of it is stored, and not the same value.
 */
export function readEcho({
  sent,
  before,
  echo,
  same,
}: {
  sent: Patch
  before: Properties | undefined
  echo: Properties
  same: (property: string, sent: Json, got: Json) => boolean
}): { stored: string[]; reformed: string[]; missing: string[] } {
  const stored: string[] = []
  const reformed: string[] = []
  const missing: string[] = []
  for (const [property, value] of Object.entries(sent)) {
    const got = own(echo, property)
    const isSame = equal(value, got) || same(property, value, got ?? null)
    const isReformed = !isSame && got !== undefined && !equal(got, own(before, property))
    ;(isSame || isReformed ? stored : missing).push(property)
    if (isReformed) reformed.push(property)
  }
  return { stored, reformed, missing }
}

/**
 * The base after a reply (R7): what the record has is taken over, what it lacks stays, but for properties that `sent` has
 * cleared. Names that reach a prototype are dropped.
 */
export function mergeBase(base: Properties | undefined, record: Properties, sent: Patch = {}): Properties {
  const cleared = only(sent, (property) => sent[property] === null)
  return only({ ...base, ...cleared, ...record }, (property) => !isHostile(property))
}
