// Floor 6: the forms that servers give to a moment. Pure.
import type { Json } from '../model/record.js'

/** Whether both are ISO texts of one moment; a server may have cut the second's parts off. */
export function isSameMoment(sent: Json, got: Json): boolean {
  const [a, b] = [momentIn(sent), momentIn(got)]
  return a === b || (b % 1000 === 0 && Math.abs(a - b) < 1000)
}

/** NaN for a text that names none, or no zone. */
function momentIn(value: Json): number {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/.test(value)
    ? Date.parse(value.replace(' ', 'T'))
    : NaN
}
