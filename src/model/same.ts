import type { Json } from './record.js'

/** Exact equality. At the top an absent property equals null; inside of values the two differ. */
export function equal(a: Json | undefined, b: Json | undefined): boolean {
  return identical(a ?? null, b ?? null)
}

/** Whether `got` is `sent`, as far as that shows without a description (R4): exact, trimmed, or number = numeric string. */
export function looselySame(sent: Json, got: Json): boolean {
  if (typeof sent === 'string' && typeof got === 'string') return sent.trim() === got.trim()
  if (typeof sent === 'string' && typeof got === 'number') return isNumeral(sent, got)
  if (typeof sent === 'number' && typeof got === 'string') return isNumeral(got, sent)
  return equal(sent, got)
}

function isNumeral(text: string, value: number): boolean {
  return text.trim() !== '' && Number(text) === value
}

function identical(a: Json, b: Json): boolean {
  if (a === b) return true
  // By tag: a draft's Date or Map has no keys, and would pass for an empty object.
  if (!isObject(a) || !isObject(b) || tag(a) !== tag(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && identical(a[key]!, b[key]!))
  )
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null
}

/** The name of a value's kind, in any realm. */
export function tag(value: unknown): string {
  return Object.prototype.toString.call(value)
}
