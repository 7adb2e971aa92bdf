// Floor 6: the moment that a value of a DATETIME column means.
import type { Json } from '../model/record.js'

/**
 * Epoch milliseconds; NaN, which equals nothing, for a value that is no date. Text: epoch milliseconds, ISO dates, and the
 * formats of "Using Dates in Search" (REST guide). Where a text names no offset the moment is that of UTC: the guide gives
 * `'23-Mar-2015'`, `'03/23/2015'` and 1427068800000 for one moment.
 */
export function momentOf(value: Json): number {
  if (typeof value !== 'string') return typeof value === 'number' ? value : NaN
  const text = value.trim()
  if (/^-?\d+$/.test(text)) return Number(text)
  const hasZone = /:.*[a-z+-]/i.test(text)
  // A form that every browser reads: ISO with a colon in the offset, and beyond it slashes, spaces around a month's name, and
  // "UTC".
  return Date.parse(
    /^\d{4}-/.test(text)
      ? text.replace(' ', 'T').replace(/(\d\d)(\d\d)$/, '$1:$2') + (hasZone || !text.includes(':') ? '' : 'Z')
      : text.replace(/^(\d+)[-./](\d+)[-./]/, '$1/$2/').replace(/^(\d+)[-/](\D+)[-/]/, '$1 $2 ') +
          (hasZone ? '' : ' UTC'),
  )
}
