import { isHostile, only, own } from './own.js'
import type { Json, Patch, Properties, State } from './record.js'
import { equal } from './same.js'

/**
 * Tells which properties of a request the backend stored, by the record in its answer (R4, R5). Stored: the same value, or a
 * value that is neither the sent one nor the one before (the backend's own form of it). Not stored: absent (null, to `same`),
 * or still the previous value, which counts as null when nothing is known of it. A sent null is stored when the property is
 * absent or null. `reformed`: the stored properties that have another value than the sent one.
 */
export function readEcho({
  sent,
  before,
  echo,
  same,
}: {
  sent: Patch
  before: State
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
 * The base after a reply (R7): it takes the record's properties over and keeps those that the record lacks, except those that
 * `sent` has cleared. Null stays null: there is no such record. Names that reach a prototype are dropped.
 */
export function mergeBase(base: State, record: Properties, sent?: Patch): Properties
export function mergeBase(base: State, record: Properties | null, sent?: Patch): Properties | null
export function mergeBase(base: State, record: Properties | null, sent: Patch = {}): Properties | null {
  if (!record) return null
  const cleared = only(sent, (property) => sent[property] === null)
  const merged = { ...base, ...cleared, ...record }
  return Object.keys(merged).some(isHostile) ? only(merged, (property) => !isHostile(property)) : merged
}

/** Whether all values of a base, as it was merged with the record, are the record's: then the record's version is that of the base (R24). */
export function isAllOf(base: Properties, record: Properties): boolean {
  return Object.keys(base).every((name) => base[name] === null || Object.hasOwn(record, name))
}
