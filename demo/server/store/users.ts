import { textOf, type Json, type Properties } from '../json.js'
import type { Sql, SqlRow, SqlValue } from './database.js'

export type UserStatus = 'ENABLED' | 'DISABLED' | 'EMAIL_CONFIRMATION_PENDING' | 'GUEST'

/** A user as stored. Times are epoch milliseconds. */
export interface UserRow {
  readonly objectId: string
  /** The value that makes the identity unique: the identity as `identityKey` folds it; null for a guest. */
  readonly identityKey: string | null
  readonly passwordHash: string | null
  readonly ownerId: string | null
  readonly created: number
  readonly updated: number | null
  readonly lastLogin: number | null
  readonly userStatus: UserStatus
  /** The app's columns that have a value; no password among them. */
  readonly properties: Properties
}

export interface Users {
  byId(objectId: string): UserRow | undefined
  byIdentity(key: string): UserRow | undefined
  insert(row: UserRow): void
  replace(row: UserRow): void
  remove(objectId: string): void
  count(condition: string, values: readonly SqlValue[]): number
  /** Values of users, or of many of them. */
  selectValues(selection: string, condition: string, values: readonly SqlValue[]): SqlRow[]
}

/** Folds an identity value: the backend's databases compare text without case. */
export function identityKey(value: Json): string | null {
  return value === null || value === '' ? null : JSON.stringify(textOf(value).toLowerCase())
}

/** The users table. `selection` and `condition` are text of where/compile.ts, never a client's. */
export function openUsers(sql: Sql): Users {
  return {
    byId: (objectId) => rowOf(sql.get('SELECT * FROM users WHERE object_id = ?', [objectId])),
    byIdentity: (key) => rowOf(sql.get('SELECT * FROM users WHERE identity_key = ?', [key])),
    insert(row) {
      sql.run(
        `INSERT INTO users (identity_key, password_hash, owner_id, created, updated, last_login, user_status, properties,
         object_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        valuesOf(row),
      )
    },
    replace(row) {
      sql.run(
        `UPDATE users SET identity_key = ?, password_hash = ?, owner_id = ?, created = ?, updated = ?, last_login = ?,
         user_status = ?, properties = ? WHERE object_id = ?`,
        valuesOf(row),
      )
    },
    remove: (objectId) => void sql.run('DELETE FROM users WHERE object_id = ?', [objectId]),
    selectValues: (selection, condition, values) => sql.all(`SELECT ${selection} FROM users ${condition}`, values),
    count: (condition, values) => Number(sql.get(`SELECT count(*) AS n FROM users ${condition}`, values)?.n),
  }
}

function valuesOf(row: UserRow): SqlValue[] {
  const { identityKey: key, passwordHash, ownerId, created, updated, lastLogin, userStatus, objectId } = row
  const properties = JSON.stringify(Object.fromEntries(row.properties))
  return [key, passwordHash, ownerId, created, updated, lastLogin, userStatus, properties, objectId]
}

function rowOf(row: SqlRow | undefined): UserRow | undefined {
  if (!row) return undefined
  return {
    objectId: row.object_id as string,
    identityKey: row.identity_key as string | null,
    passwordHash: row.password_hash as string | null,
    ownerId: row.owner_id as string | null,
    created: row.created as number,
    updated: row.updated as number | null,
    lastLogin: row.last_login as number | null,
    userStatus: row.user_status as UserStatus,
    properties: new Map(Object.entries(JSON.parse(row.properties as string) as Record<string, Json>)),
  }
}
