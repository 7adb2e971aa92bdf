// Pure: what a value from outside looks like, before anything in it is used.
import { own } from './own.js'

/** Whether a value is what it should be. */
export type Check = (value: unknown) => boolean

export const isText: Check = (value) => typeof value === 'string'
export const isFlag: Check = (value) => typeof value === 'boolean'
export const isNumber: Check = (value) => Number.isFinite(value)
/** A counter: with room to go on counting for ever. */
export const isWhole: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 52

export const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

export const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)

/** An object with these fields at least, own ones. */
export const withFields =
  (fields: { readonly [field: string]: Check }): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.keys(fields).every((name) => fields[name]!(own(value as never, name)))
