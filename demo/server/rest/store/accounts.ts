import { hashPassword } from '../../passwords.js'
import type { Sql } from '../../store/database.js'
import type { Account } from '../schema.js'

/** An account as stored. */
export interface StoredAccount {
  readonly id: string
  readonly login: string
  readonly name: string
  readonly passwordHash: string
}

export interface Accounts {
  byId(id: string): StoredAccount | undefined
  byLogin(login: string): StoredAccount | undefined
}

export const accountsTable = `
  CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, login TEXT UNIQUE NOT NULL, name TEXT NOT NULL, password_hash TEXT NOT NULL
  );
`

export function openAccounts(sql: Sql): Accounts {
  const find = (column: 'id' | 'login', value: string): StoredAccount | undefined => {
    const row = sql.get(`SELECT * FROM accounts WHERE ${column} = ?`, [value])
    if (!row) return undefined
    return {
      id: row.id as string,
      login: row.login as string,
      name: row.name as string,
      passwordHash: row.password_hash as string,
    }
  }
  return { byId: (id) => find('id', id), byLogin: (login) => find('login', login.toLowerCase()) }
}

/** Takes the accounts of a schema over those that are stored under their ids. */
export async function storeAccounts(sql: Sql, accounts: readonly Account[]): Promise<void> {
  for (const { id, login, name = '', password } of accounts) {
    const hash = password.startsWith('scrypt:') ? password : await hashPassword(password)
    sql.run('INSERT OR REPLACE INTO accounts (id, login, name, password_hash) VALUES (?, ?, ?, ?)', [
      id,
      login.toLowerCase(),
      name,
      hash,
    ])
  }
}
