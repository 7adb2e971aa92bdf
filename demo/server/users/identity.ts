import { Fault, faultCodes } from '../faults.js'
import { textOf, type Json } from '../json.js'
import type { Column } from '../store/columns.js'

/** Throws 3040 if the identity is an e-mail address and `value` does not look like one. */
export function checkEmailFormat(identity: Column, value: Json): void {
  if (identity.name === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(textOf(value).trim())) {
    throw new Fault(faultCodes.emailFormat, 'Provided email has wrong format')
  }
}
