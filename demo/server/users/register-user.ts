import { randomUUID } from 'node:crypto'
import { Fault, faultCodes } from '../faults.js'
import { textOf, type Json, type Properties } from '../json.js'
import { hashPassword } from '../passwords.js'
import { identityColumn, isHeldColumn, type Column, type HeldColumn } from '../store/columns.js'
import type { Store } from '../store/store.js'
import { identityKey, type UserRow } from '../store/users.js'
import { storedValues } from './column-value.js'
import { checkEmailFormat } from './identity.js'
import { incomingProperties } from './incoming-properties.js'
import { strayed } from '../save-behaviour.js'
import { cutTime, type UpdateRules } from './update-user.js'

/**
 * Makes an account, or turns the guest account of the caller into one (then the request has an `objectId`). Throws the faults
 * of registration; logs nobody in. A user owns itself unless `ownerId` names another.
 */
export async function registerUser(
  store: Store,
  request: { readonly sent: Properties; readonly callerId: string | null; readonly ownerId?: string | null },
  rules: UpdateRules,
): Promise<UserRow> {
  const { sent } = request
  const password = sent.get('password') ?? ''
  if (password === '') throw new Fault(faultCodes.passwordMissing, "Property 'password' is required")
  if (typeof password !== 'string') throw new Fault(faultCodes.passwordType, 'Password should be a string')
  const passwordHash = await hashPassword(password)
  return store.transaction(() => {
    const guest = guestOf(store, request)
    checkReserved(sent, guest)
    const { known, added } = incomingProperties(sent, store.columns, {
      dynamicSchema: rules.switches.dynamicSchema,
      refusal: faultCodes.registerUnknownProperty,
      general: faultCodes.unreadableRequest,
    })
    const columns = store.columns.custom().filter(isHeldColumn)
    const filled = withDefaults(known, columns)
    checkIdentityGiven(filled, identityColumn(store.columns))
    checkRequiredGiven(filled, columns)
    const values = strayed(storedValues(filled), rules.saving)
    const key = checkIdentityFree(store, values)
    added.forEach(store.columns.add)

    const objectId = guest?.objectId ?? randomUUID().toUpperCase()
    const applied = values.filter(([, value]) => value !== null).map(([{ name }, value]) => [name, value] as const)
    const nowMs = cutTime(rules.nowMs, rules.switches.timePrecision)
    const row: UserRow = {
      objectId,
      identityKey: key,
      passwordHash,
      ownerId: request.ownerId === undefined ? objectId : request.ownerId,
      created: guest?.created ?? nowMs,
      updated: guest ? nowMs : null,
      lastLogin: guest?.lastLogin ?? null,
      userStatus: 'ENABLED',
      properties: new Map([...(guest?.properties ?? []), ...applied]),
    }
    if (guest) store.users.replace(row)
    else store.users.insert(row)
    return row
  })
}

/** Makes a guest: a user with neither identity nor password. */
export function registerGuest(store: Store, nowMs: number): UserRow {
  const objectId = randomUUID().toUpperCase()
  const row: UserRow = {
    objectId,
    identityKey: null,
    passwordHash: null,
    ownerId: objectId,
    created: nowMs,
    updated: null,
    lastLogin: Math.floor(nowMs / 1000) * 1000,
    userStatus: 'GUEST',
    properties: new Map(),
  }
  store.users.insert(row)
  return row
}

/** An SDK's user object has the times of the guest that it was: as they are, they pass. */
function checkReserved(sent: Properties, guest: UserRow | undefined): void {
  if (sent.has('id')) throw new Fault(faultCodes.reservedAtRegister, '"id" is a reserved property')
  for (const [name, code] of [
    ['updated', faultCodes.updatedReserved],
    ['created', faultCodes.createdReserved],
  ] as const) {
    const value = sent.get(name) ?? null
    if (value !== null && value !== guest?.[name]) throw new Fault(code, `"${name}" is a reserved property`)
  }
}

function guestOf(store: Store, request: { sent: Properties; callerId: string | null }): UserRow | undefined {
  const objectId = request.sent.get('objectId') ?? null
  if (objectId === null) return undefined
  const caller = objectId === request.callerId ? store.users.byId(request.callerId) : undefined
  if (caller?.userStatus === 'GUEST') return caller
  throw new Fault(
    faultCodes.reservedAtRegister,
    '"objectId" is a reserved property: only the guest logged in may send it',
  )
}

function withDefaults(known: [HeldColumn, Json][], columns: readonly HeldColumn[]): [HeldColumn, Json][] {
  const sent = new Set(known.map(([{ name }]) => name))
  const missing = columns.filter(({ name, defaultValue }) => defaultValue !== null && !sent.has(name))
  return [...known, ...missing.map((column): [HeldColumn, Json] => [column, column.defaultValue])]
}

function checkIdentityGiven(filled: readonly [Column, Json][], identity: Column): void {
  const value = filled.find(([{ name }]) => name === identity.name)?.[1] ?? null
  if (value === null || value === '') {
    throw new Fault(faultCodes.identityMissing, `Unable to register user. The identity '${identity.name}' has no value`)
  }
}

function checkRequiredGiven(filled: readonly [Column, Json][], columns: readonly Column[]): void {
  for (const { name, required } of columns) {
    if (!required || name === 'password') continue
    const value = filled.find(([column]) => column.name === name)?.[1]
    if (value === undefined)
      throw new Fault(faultCodes.requiredMissing, `Unable to register user. '${name}' is required`)
    if (value === null || value === '') {
      throw new Fault(faultCodes.requiredEmptyAtRegister, `Unable to register user. '${name}' is required and empty`)
    }
  }
}

function checkIdentityFree(store: Store, values: readonly [Column, Json][]): string | null {
  const given = values.find(([column]) => column.identity)
  if (!given) return null
  checkEmailFormat(...given)
  const key = identityKey(given[1])
  if (key !== null && store.users.byIdentity(key)) {
    throw new Fault(faultCodes.alreadyRegistered, `User already exists: '${textOf(given[1])}'`)
  }
  return key
}
