// Floor 5: an app's ids of records (R19). Pure.
import { isSegment } from '../endpoint/address.js'
import { InvalidEditError } from '../model/errors.js'

/** `<label>-<n>` of an edit: a time in base 36, the name of a context, and two counts. */
const editId = /^[0-9a-z]{9}[0-9a-f]{24}[0-9a-z]+-[0-9a-z.]+$/

/**
 * The app's id of a record, as text. Throws `InvalidEditError` for one that no path can hold (dots only, nothing, half a
 * character), for a number that is no safe integer, and for the id of an edit.
 */
export function recordId(given: unknown): string {
  const refuse = (rule: string): never => {
    throw new InvalidEditError('id', given, rule)
  }
  if (typeof given === 'number')
    return Number.isSafeInteger(given) ? String(given) : refuse(`the number ${given} is no safe integer: give the text`)
  if (!isSegment(given)) return refuse('the id of a record is a text of more than dots, or a whole number')
  return editId.test(given) ? refuse('it is the id of an edit: give its recordId') : given
}
