// Floor 6: the parts that the endpoints of users and of tables share.
import type { Endpoint } from '../endpoint/endpoint.js'
import { FaultError } from '../model/errors.js'
import type { Failure } from '../model/failure.js'
import type { Json } from '../model/record.js'
import type { Outcome } from './ask.js'
import type { Backend, BackendlessOptions } from './backend.js'
import { sameValue } from './same-value.js'

export function commonParts(
  { id, database, isFormer }: Backend,
  options: BackendlessOptions,
): Pick<Endpoint, 'backend' | 'fromDate' | 'same' | 'notStored'> {
  return {
    backend: { id, database, isFormer, notLoggedIn: 3028 },
    fromDate: Number,
    same: sameBy(options),
    notStored,
  }
}

/** The description in an answer. Throws the failure of any other one. */
export function descriptionIn(answer: Outcome<{ description: Json }>): Json {
  if (!answer.ok) throw new FaultError(answer.failure)
  return answer.description
}

/** The service's own forms of a value, then the app's word. */
function sameBy({ same }: Pick<BackendlessOptions, 'same'>): NonNullable<Endpoint['same']> {
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
function notStored(properties: readonly string[]): Failure {
  return {
    kind: 'validation',
    reason: 'not-stored',
    code: 3031,
    message: `The backend did not store ${properties.join(', ')}, or does not show it to this user`,
  }
}
