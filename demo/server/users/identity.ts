import { Fault, faultCodes } from '../faults.js'
import { textOf, type Json } from '../json.js'
import type { Column } from '../store/columns.js'

/** Throws 3040 if the identity is an e-mail address and `value` does not look like one. */
export function checkEmailFormat(identity: Column, value: Json): void {
  if (identity.name === 'email' && !isEmailLike(textOf(value).trim())) {
    throw new Fault(faultCodes.emailFormat, 'Provided email has wrong format')
  }
}

/** By parts: a regular expression for all of it would try each dot of a long text with each other. */
function isEmailLike(text: string): boolean {
  const [name = '', domain = '', ...more] = text.split('@')
  return more.length === 0 && name !== '' && !/\s/.test(text) && domain.slice(1, -1).includes('.')
}
