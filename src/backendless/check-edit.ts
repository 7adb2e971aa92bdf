// Floor 6: refuses an edit of a user before it is saved, for values that the backend is known never to take.
import type { EditToCheck } from '../endpoint/endpoint.js'
import { InvalidEditError } from '../model/errors.js'
import { isSecret, own } from '../model/own.js'
import type { Json, Patch, Properties } from '../model/record.js'
import { equal } from '../model/same.js'
import { describedProperties } from './description.js'
import { isRefused } from './unknown-properties.js'

/** Set by the backend, and ignored when a client sends them. The first of them show that a whole user object was passed. */
const systemProperties = ['created', '___class', 'ownerId', 'updated', 'lastLogin', 'user-token']

const rowProperties = ['objectId', 'created', 'updated', 'ownerId', '___class']

/**
 * The error that refuses `patch`, or nothing. `objectId` may be in it when it is that of `view`. `description`: only a
 * reliable one; `lesson`: knowledge from answers about properties that the description does not have.
 */
export function checkEdit({ op, patch, view, description, lesson }: EditToCheck): InvalidEditError | undefined {
  if (op !== 'update')
    return new InvalidEditError('', undefined, `a user cannot be ${op}d offline: use register(), or the console`)
  const names = Object.keys(patch)
  const written = (name: string): boolean => Object.hasOwn(patch, name)
  const id = written('objectId') ? own(view, 'objectId') : undefined
  if (id !== undefined && patch.objectId !== id) {
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
  const secret = names.find((name) => isSecret(name))
  if (secret !== undefined) {
    return new InvalidEditError(secret, undefined, 'a password is never stored on the device: use changePassword')
  }
  return checkValues(patch, view, { description, lesson }, { unknown: 3031, required: 3045 })
}

/** The same, of a row of a table. */
export function checkRow(
  { patch, view, description }: EditToCheck,
  versionColumn?: string,
): InvalidEditError | undefined {
  const system = rowProperties.find((name) => Object.hasOwn(patch, name))
  if (system)
    return new InvalidEditError(
      system,
      patch[system],
      'only the backend sets it. Pass only what changes, not a whole row',
    )
  if (versionColumn !== undefined && Object.hasOwn(patch, versionColumn))
    return new InvalidEditError(versionColumn, patch[versionColumn], 'it is the "versionColumn", which Holdfast writes')
  const secret = Object.keys(patch).find((name) => isSecret(name))
  if (secret !== undefined) return new InvalidEditError(secret, undefined, 'a password is never stored on the device')
  const relation = describedProperties(description).find(
    ({ name, type }) => Object.hasOwn(patch, name) && type.startsWith('RELATION'),
  )
  if (relation) {
    const { name } = relation
    return new InvalidEditError(name, patch[name], 'it is a relation: Holdfast shows those, and does not write them')
  }
  return checkValues(patch, view, { description })
}

/** `codes`: the service's own for the refusals. */
function checkValues(
  patch: Patch,
  view: Properties,
  { description, lesson }: Pick<EditToCheck, 'description' | 'lesson'>,
  codes: { unknown?: number; required?: number } = {},
): InvalidEditError | undefined {
  const names = Object.keys(patch)
  const computed = names.find((name) => isComputed(patch[name]!))
  if (computed !== undefined) {
    return new InvalidEditError(
      computed,
      patch[computed],
      'the server would compute it, and again with each repeat: give the value itself',
    )
  }
  const described = describedProperties(description)
  for (const name of described.length ? names : []) {
    const value = patch[name]!
    // The view has the value already: the backend took it, or it is on its way.
    if (equal(value, own(view, name))) continue
    const refuse = (rule: string, code?: number): InvalidEditError => new InvalidEditError(name, value, rule, code)
    const property = described.find((one) => one.name === name)
    if (!property) {
      if (isRefused(name, lesson, description))
        return refuse('there is no such property, and none can be added', codes.unknown)
      continue
    }
    const { type, required, defaultValue, isPrimaryKey, expression } = property
    if (isPrimaryKey || expression) return refuse('only the backend sets it')
    if (required && (value ?? '') === '' && (defaultValue ?? null) === null)
      return refuse('it is required, and cannot be empty', codes.required)
    if (!mayTake(type, value)) return refuse(`its type is ${type}`)
  }
  return undefined
}

/** A `BackendlessExpression` or a step of the SDKs' `JSONUpdateBuilder`, at any depth. */
function isComputed(value: Json): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ('___operation' in value ||
      own(value as Properties, '___class') === 'BackendlessExpression' ||
      Object.values(value).some(isComputed))
  )
}

/** `false` only where no server could turn the value into one of the column's type; an unknown type may take any value. */
function mayTake(type: string, value: Json): boolean {
  if (value === null || !/^(INT|DOUBLE|BOOLEAN|DATETIME|STRING|STRING_ID|TEXT)$/.test(type)) return true
  if (typeof value === 'object') return false
  const text = String(value).trim()
  // There are many formats of dates, and all have a digit.
  if (type === 'DATETIME') return /^$|\d/.test(text)
  return /^(STR|TEX)/.test(type) || !isNaN(Number(text)) || /^(true|false|yes|no|on|off|[tfyn])$/i.test(text)
}
