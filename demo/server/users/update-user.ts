import { Fault, faultCodes } from '../faults.js'
import { textOf, type Json, type Properties } from '../json.js'
import { hashPassword } from '../passwords.js'
import { isSqliteError } from '../store/database.js'
import type { Column } from '../store/columns.js'
import type { Store } from '../store/store.js'
import { identityKey, type UserRow } from '../store/users.js'
import type { Switches } from '../switches.js'
import { storedValues } from './column-value.js'
import { checkEmailFormat } from './identity.js'
import { incomingProperties } from './incoming-properties.js'
import { strayed, type SaveBehaviour } from '../save-behaviour.js'

export interface UpdateRules {
  readonly switches: Switches
  readonly saving: SaveBehaviour
  readonly nowMs: number
}

export interface UpdateRequest {
  readonly userId: string
  readonly sent: Properties
  /** The user of the request's token. */
  readonly callerId: string | null
  readonly idempotencyKey: string | null
  readonly source: 'update' | 'control'
}

/**
 * Merges a patch into a user's row and logs it, in one transaction; returns the row after that. Throws the faults of the
 * update operation. Writes from the control path have no user: they may change any row.
 */
export async function updateUser(store: Store, request: UpdateRequest, rules: UpdateRules): Promise<UserRow> {
  if (request.source === 'update') checkCaller(request, rules.switches)
  const password = checkPassword(request.sent)
  // Hashing is slow and asynchronous, and no transaction may be open meanwhile.
  const passwordHash = password === undefined ? undefined : await hashPassword(password)
  try {
    return store.transaction(() => apply(store, request, rules, passwordHash))
  } catch (error) {
    if (!isSqliteError(error)) throw error
    throw new Fault(faultCodes.updateFailed, 'Unable to update the user account: the row could not be stored')
  }
}

/** Throws the fault for a caller who may not change or remove that user. */
export function checkCaller(
  { callerId, userId }: Pick<UpdateRequest, 'callerId' | 'userId'>,
  switches: Switches,
): void {
  if (callerId === null) {
    if (switches.anonymousUpdate === 'allow') return
    throw new Fault(faultCodes.notLoggedIn, 'Unable to update user. The user has to be logged in')
  }
  // Before the row is looked up: a server of that kind gives 3029 for an id that does not exist, too.
  if (callerId !== userId && switches.otherUsers === 'forbid') {
    throw new Fault(faultCodes.notOwnUser, 'Unable to update user. An account is updated by its own user or an admin')
  }
}

function checkPassword(sent: Properties): string | undefined {
  const password = sent.get('password')
  if (password === undefined) return undefined
  if (password === null || password === '') {
    throw new Fault(faultCodes.requiredEmpty, 'Unable to update user. Required fields are empty: password')
  }
  if (typeof password !== 'string') throw new Fault(faultCodes.passwordType, 'Password should be a string')
  return password
}

function apply(store: Store, request: UpdateRequest, rules: UpdateRules, passwordHash: string | undefined): UserRow {
  const row = store.users.byId(request.userId)
  if (!row) throw new Fault(faultCodes.noSuchUser, 'Unable to update user. There is no user with this id')
  checkStatus(request, row)
  const { known, added } = incomingProperties(request.sent, store.columns, {
    dynamicSchema: rules.switches.dynamicSchema,
    refusal: faultCodes.updateUnknownProperty,
    general: faultCodes.updateFailed,
  })
  checkRequired(known, row)
  const values = strayed(storedValues(known), rules.saving)
  const key = checkIdentity(store, row, values)
  added.filter(({ name }) => !rules.saving.drop.includes(name)).forEach(store.columns.add)

  const applied = new Map(values.map(([{ name }, value]) => [name, value]))
  const properties = new Map([...row.properties, ...applied])
  for (const [name, value] of properties) if (value === null) properties.delete(name)
  const next: UserRow = {
    ...row,
    properties,
    identityKey: key,
    passwordHash: passwordHash ?? row.passwordHash,
    updated: cutTime(rules.nowMs, rules.switches.timePrecision),
  }
  store.users.replace(next)
  store.appliedUpdates.append({
    userId: row.objectId,
    applied,
    passwordChanged: passwordHash !== undefined,
    atMs: rules.nowMs,
    source: request.source,
    callerId: request.callerId,
    idempotencyKey: request.idempotencyKey,
  })
  return next
}

/** SDKs send the whole object back, so a status as it is passes; a change is for server code only. */
function checkStatus({ sent }: UpdateRequest, row: UserRow): void {
  const status = sent.get('userStatus')
  if (status !== undefined && status !== row.userStatus) {
    throw new Fault(faultCodes.reservedForServerCode, 'Operation allowed only for BL logic.')
  }
}

/** Only properties that a request empties: a guest has no identity, and a client may send a whole guest back as it was. */
function checkRequired(known: readonly [Column, Json][], row: UserRow): void {
  const empty = known.filter(
    ([{ name, required }, value]) => required && (value === '' || (value === null && row.properties.has(name))),
  )
  if (empty.length === 0) return
  const names = empty.map(([{ name }]) => name).join(', ')
  throw new Fault(faultCodes.requiredEmpty, `Unable to update user. Required fields are empty: ${names}`)
}

function checkIdentity(store: Store, row: UserRow, values: readonly [Column, Json][]): string | null {
  const change = values.find(([column]) => column.identity)
  if (!change) return row.identityKey
  const [column, value] = change
  const key = identityKey(value)
  if (key === null) return key
  checkEmailFormat(column, value)
  const holder = store.users.byIdentity(key)
  if (holder && holder.objectId !== row.objectId) {
    throw new Fault(faultCodes.identityTaken, `User with identity '${textOf(value)}' already exists`)
  }
  return key
}

/** A time as the server stores it. */
export function cutTime(ms: number, precision: 'ms' | 's'): number {
  return precision === 's' ? Math.floor(ms / 1000) * 1000 : ms
}
