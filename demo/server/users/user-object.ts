import { Fault, faultCodes } from '../faults.js'
import type { Json } from '../json.js'
import { heldColumnNames, systemColumns, type Columns } from '../store/columns.js'
import type { UserRow } from '../store/users.js'

/** A user on the wire. */
export type UserObject = { [property: string]: Json }

/** The whole row: every column, those without a value as null; no password and no token in it. */
export function userObject(row: UserRow, columns: Columns): UserObject {
  const { objectId, ownerId, created, updated, lastLogin, userStatus } = row
  const values = heldColumnNames(columns).map(
    (name) => [name, systemColumns.get(name)?.value ?? row.properties.get(name) ?? null] as const,
  )
  return {
    ...Object.fromEntries(values),
    objectId,
    ownerId,
    created,
    updated,
    lastLogin,
    userStatus,
    ___class: 'Users',
  }
}

/** The listed properties only (all, for an empty list); throws a fault for a column that does not exist. */
export function pickProperties(user: UserObject, names: readonly string[]): UserObject {
  const unknown = names.find((name) => !Object.hasOwn(user, name))
  if (unknown !== undefined) {
    throw new Fault(faultCodes.unknownColumn, `Column '${unknown}' does not exist in table 'Users'`)
  }
  const picked = names.length === 0 ? Object.keys(user) : [...names, '___class']
  return Object.fromEntries(picked.map((name) => [name, user[name] ?? null]))
}
