// Floor 6: refuses an edit of a user before it is saved, for what the backend is known never to take.
import { InvalidEditError } from '../model/errors.js'
import { own } from '../model/own.js'
import type { Patch, Properties } from '../model/record.js'

/** Set by the backend, and ignored when a client sends them; first those that show a whole user object. */
const systemProperties = ['created', '___class', 'ownerId', 'updated', 'lastLogin', 'user-token']

/** The error that refuses `patch`, or nothing. `objectId` may be in it when it is that of `view`. */
export function checkEdit(patch: Patch, view: Properties): InvalidEditError | undefined {
  const written = (name: string): boolean => Object.hasOwn(patch, name)
  const id = own(view, 'objectId')
  if (written('objectId') && id !== undefined && patch.objectId !== id) {
    return new InvalidEditError('objectId', patch.objectId, 'it is the id of another user', 3029)
  }
  const system = systemProperties.find(written)
  if (system) {
    return new InvalidEditError(
      system,
      system === 'user-token' ? undefined : patch[system],
      'only the backend sets it. Pass only what changes, not a whole user object, or a draft: update(user => { user.name = … })',
    )
  }
  if (written('userStatus')) {
    return new InvalidEditError('userStatus', patch.userStatus, 'only business logic can change it', 3054)
  }
  if (written('password')) {
    return new InvalidEditError('password', undefined, 'it is never stored on the device: use changePassword')
  }
  return undefined
}
