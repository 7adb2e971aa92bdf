// Floor 3: no edit makes a record that is too long for an answer. Pure.
import { InvalidEditError } from '../model/errors.js'
import type { Patch, Properties } from '../model/record.js'
import { mostJsonBytes } from '../model/size.js'
import { answerLimits } from './proof.js'

/**
 * An edit below this size is not counted with its record: it would take a hundred of them, each of another property, to
 * matter.
 */
const smallBytes = 10_000
const mostBytes = answerLimits.sizeBytes - 1_000_000

export function isSmall(patch: Patch): boolean {
  return mostJsonBytes(patch) <= smallBytes
}

/**
 * The refusal of an edit with which an answer that holds the whole record could be longer than the limit of answers: nobody
 * could read the record then, or log in. An edit that makes such a record shorter is not refused.
 */
export function checkRecordSize(patch: Patch, view: Properties): InvalidEditError | undefined {
  const bytes = mostJsonBytes({ ...view, ...patch })
  if (bytes <= mostBytes || bytes <= mostJsonBytes(view)) return undefined
  const name = Object.keys(patch).join(', ')
  const rule = `with it the record may take ${bytes} bytes, and over ${mostBytes} nobody could read it; save less, or clear another property first`
  return new InvalidEditError(name, undefined, rule)
}
