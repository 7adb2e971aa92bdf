// Floor 6: Backendless on the core. An app needs no other import.
import { type Client, createClient } from '../client/client.js'
import type { Collection } from '../client/collection.js'
import { checkedBy, type StandardSchema } from '../endpoint/schema.js'
import { knownOptions } from '../model/known-options.js'
import { type ClientOptions, clientOptions } from '../client/options.js'
import type { Faults } from '../client/resolve-fault.js'
import { type BackendlessOptions, backendOptions } from './backend.js'
import { backendlessCalls } from './calls.js'
import { backendlessEndpoint } from './endpoint.js'
import { backendlessTable, type TableOptions } from './table.js'
import { accepted, SavedUserEdit, type UserEdit, type UserFault, type UserSettlement } from './edit.js'
import type { Properties } from '../model/record.js'
import type { User, UserPatch } from './types.js'
import { createUsers, userKey, type Users } from './users.js'

/** An app on Backendless; `U`: the app's own type of its users. */
export interface BackendlessApp<U = User> extends Pick<
  Client,
  'pending$' | 'status$' | 'storage$' | 'discardEdit' | 'flush' | 'trace$' | 'report' | 'inspect' | 'close'
> {
  /** Login, logout, and the record of the user who is logged in. */
  readonly users: Users<U>
  /** The rows of a table that `tables` names. `R`: their type. Throws a `TypeError` for any other. */
  table<R = Properties>(name: string): Collection<R>
  /** The refused edits of the account, of its user and of its rows alike. For those of a row, see `RowFault`. */
  readonly faults: Faults<U, UserPatch<U>, UserEdit<U>, UserFault<U>>
  /** The settlement of an edit, also of one made before a reload. Never rejects. */
  settlement(editId: string): Promise<UserSettlement<U>>
}

/** The option of `openBackendless` that types and checks the users of the app. */
export interface SchemaOption<U> {
  /**
   * The type of the app's users, which also checks edits as they are made, in every property that they change. It has to answer
   * at once. It only checks: its output is neither saved nor sent. Default: none.
   */
  schema?: StandardSchema<U>
}

/** The option of `openBackendless` that names the tables of the app. */
export interface TablesOption {
  /** The tables of the app whose rows are made, changed and deleted here, by name. Default: none. */
  tables?: { readonly [name: string]: TableOptions }
}

/**
 * Opens the app's data on this device. Returns at once; opens in the next microtask, and sends the edits of an earlier visit
 * with no further call. Throws a `TypeError` for options that name no backend, and for options that do not exist.
 */
export function openBackendless<U = User>(
  options: BackendlessOptions & ClientOptions & SchemaOption<U> & TablesOption,
): BackendlessApp<U> {
  const { schema, tables = {} } = knownOptions(options, ['schema', 'tables', ...backendOptions, ...clientOptions])
  const own: readonly string[] = backendOptions
  const named = Object.fromEntries(
    Object.entries({ ...options }).filter(([name]) => own.includes(name)),
  ) as BackendlessOptions
  const users = checkedBy(schema, backendlessEndpoint(named))
  const endpoints = Object.fromEntries(
    Object.entries(tables).map(([name, rules]) => [name, backendlessTable(named, name, rules)]),
  )
  const { tables: ______, ...core } = options
  const parts = createClient(
    { ...core, endpoints: { ...endpoints, users } },
    { ownRecord: userKey, accepted, named: (userId) => ({ userId }), SavedEdit: SavedUserEdit },
  )
  const { session: _, session$: __, record: ___, collection: ____, together: _____, ...app } = parts.client
  return {
    ...app,
    users: createUsers<U>(parts, backendlessCalls(named)),
    table(name: string) {
      if (Object.hasOwn(endpoints, name)) return parts.client.collection(name)
      throw new TypeError(`"tables" has no "${name}": name it in the options`)
    },
  } as BackendlessApp<unknown> as BackendlessApp<U>
}

export * from '../client/names.js'
export type { StandardSchema } from '../endpoint/schema.js'
// A fault of a record that can be made and deleted, too.
export type { Fault as RowFault } from '../model/fault.js'
export type { BackendlessOptions } from './backend.js'
// In place of the names of the core.
export type {
  UserEdit as Edit,
  UserFault as Fault,
  UserFaultEvent as FaultEvent,
  UserFieldState as FieldState,
  UserFieldStates as FieldStates,
  UserSettlement as Settlement,
} from './edit.js'
export type { FaultKinds } from './fault-codes.js'
export type { TableOptions } from './table.js'
export type { SystemProperties, User, UserChange, UserDraft, UserPatch } from './types.js'
export type { LoginOptions, Users, UserSession as SessionState } from './users.js'
