import { Fault, faultCodes } from '../faults.js'
import { reachesPrototype, isWithinDepth, textOf, type Json } from '../json.js'
import type { Column, HeldColumn, ValueType } from '../store/columns.js'
import { momentOfText } from './date-text.js'
import { storedGeometry } from './geometry.js'

/** Deepest nesting of a JSON value. SQLite reads no deeper than 1000. */
const deepestJson = 100

/** The value as the column stores it, or `undefined` if it has not the column's type. */
export function storedValue(type: ValueType, value: Json): Json | undefined {
  if (value === null) return null
  switch (type) {
    case 'INT': {
      const number = numberOf(value)
      return Number.isSafeInteger(number) ? number : undefined
    }
    case 'DOUBLE':
      return numberOf(value)
    case 'BOOLEAN':
      return typeof value === 'boolean' ? value : undefined
    case 'DATETIME':
      return epochMsOf(value)
    case 'JSON':
      return jsonOf(value)
    case 'POINT':
    case 'LINESTRING':
    case 'POLYGON':
    case 'GEOMETRY':
      return storedGeometry(type, value)
    case 'STRING':
    case 'STRING_ID':
    case 'TEXT':
    case 'FILE_REF':
      return typeof value === 'object' ? undefined : textOf(value)
  }
}

/** The type of the column that a dynamic property makes. JSON has one kind of number, so a whole one is no INT. */
export function dynamicType(value: Json): ValueType {
  if (typeof value === 'number') return 'DOUBLE'
  if (typeof value === 'boolean') return 'BOOLEAN'
  if (value !== null && typeof value === 'object') return 'JSON'
  return typeof value === 'string' && value.length > longestString ? 'TEXT' : 'STRING'
}

/** Documented length of a STRING column; longer text makes a TEXT column. */
const longestString = 500

/**
 * The values of a patch as they are stored. Throws one fault that names every property of a wrong type; else for the first
 * text that is no date; else for the first value that its column's validator refuses.
 */
export function storedValues(patch: readonly (readonly [HeldColumn, Json])[]): [HeldColumn, Json][] {
  const checked = patch.map(([column, value]) => [column, storedValue(column.type, value)] as const)
  const wrong = checked.filter(([, value]) => value === undefined).map(([column]) => column)
  const wrongTypes = wrong.filter(({ type }) => type !== 'DATETIME').map(({ name }) => name)
  if (wrongTypes.length > 0) {
    throw new Fault(
      faultCodes.invalidValue,
      `Unable to save object - invalid data type for properties - ${wrongTypes.join(', ')}. ` +
        'You can change the property type in developer console.',
    )
  }
  if (wrong[0]) throw new Fault(faultCodes.invalidDate, `Invalid date format for property ${wrong[0].name}`)
  return checked.map(([column, value = null]) => {
    if (!passesValidator(column, value)) {
      throw new Fault(faultCodes.invalidValue, `The value of property ${column.name} fails the validator of its column`)
    }
    return [column, value]
  })
}

/** A validator has to match the whole value; an empty value is the business of `required`. */
function passesValidator({ customRegex }: Column, value: Json): boolean {
  if (!customRegex || value === null || value === '' || typeof value === 'object') return true
  return validatorOf(customRegex).test(textOf(value))
}

/** A column's validator; throws for a text that is no regular expression. */
export function validatorOf(customRegex: string): RegExp {
  return new RegExp(`^(?:${customRegex})$`)
}

function numberOf(value: Json): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** Epoch milliseconds from a number, or from a date as text. */
function epochMsOf(value: Json): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : undefined
  return typeof value === 'string' ? momentOfText(value) : undefined
}

function jsonOf(value: Json): Json | undefined {
  if (!isWithinDepth(value, deepestJson)) return undefined
  if (typeof value !== 'string') return reachesPrototype(value) ? undefined : sortedKeys(value)
  try {
    const parsed = JSON.parse(value) as Json
    return isWithinDepth(parsed, deepestJson) && !reachesPrototype(parsed) ? sortedKeys(parsed) : undefined
  } catch {
    return undefined
  }
}

/** MySQL keeps the keys of a JSON value by length, then by text: an answer has another order than the request. */
function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, inner]) => [key, sortedKeys(inner)] as const)
  entries.sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
  return Object.fromEntries(entries)
}
