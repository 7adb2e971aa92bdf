// Floor 6: the parts that the endpoints of users and of tables share.
import type { Endpoint } from '../endpoint/endpoint.js'
import type { Failure } from '../model/failure.js'
import type { BackendlessOptions } from './backend.js'
import { sameValue } from './same-value.js'

/** The service's own forms of a value, then the app's word. */
export function sameBy({ same }: Pick<BackendlessOptions, 'same'>): NonNullable<Endpoint['same']> {
  return (property, sent, got, description) => {
    if (sameValue(property, sent, got, description)) return true
    try {
      return same?.(property, sent, got) === true
    } catch {
      // The core calls it inside of a transaction that others share.
      return false
    }
  }
}

/** A current server silently drops unknown properties; the documented one refuses those of users with this code. */
export function notStored(properties: readonly string[]): Failure {
  return {
    kind: 'validation',
    reason: 'not-stored',
    code: 3031,
    message: `The backend did not store ${properties.join(', ')}, or does not show it to this user`,
  }
}
