// Floor 6: refuses an edit before it is saved.
import type { EditToCheck } from '../endpoint/endpoint.js'
import { InvalidEditError } from '../model/errors.js'
import { isSecret } from '../model/own.js'
import type { RestCollection } from './options.js'

export function checkRestEdit(
  { check, versions }: RestCollection,
  { op, patch, view }: EditToCheck,
): InvalidEditError | undefined {
  const secret = Object.keys(patch).find((name) => isSecret(name, patch[name]))
  if (secret !== undefined)
    return new InvalidEditError(
      secret,
      undefined,
      'a password is never stored on the device: send it by a request of your own',
    )
  const counted = typeof versions === 'object' && op === 'update' ? versions.property : undefined
  if (counted !== undefined && Object.hasOwn(patch, counted))
    return new InvalidEditError(counted, patch[counted], 'it is the version, which the server counts')
  return check?.({ op, patch, view })
}
