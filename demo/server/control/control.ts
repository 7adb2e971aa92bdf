import { Fault, faultBody, faultCodes } from '../faults.js'
import type { Json } from '../json.js'
import type { AppliedUpdate } from '../store/applied-updates.js'
import type { Store } from '../store/store.js'
import type { TableWrite } from '../store/table-writes.js'
import type { TableRow } from '../store/tables.js'
import { createRow, deleteRow, rowObject, tableOf, updateRow, type TableCall } from '../tables/write-row.js'
import { identityKey, type UserRow, type UserStatus } from '../store/users.js'
import { checkSwitches, defaultSwitches, type Switches } from '../switches.js'
import { checkSaving, plainSaving, type SaveBehaviour } from '../save-behaviour.js'
import { updateUser, type UpdateRules } from '../users/update-user.js'
import { userObject, type UserObject } from '../users/user-object.js'
import { backendlessRoutes } from '../routes/known-routes.js'
import { commonActions } from './check-rule.js'
import type { ModeAnswers } from './interference.js'
import { createTraffic, freeTraffic, type Traffic, type TrafficSettings } from './traffic.js'

/** Everything a test or the demo can do to the server besides talking to its API. */
export interface ServerControl extends Traffic {
  readonly settings: Settings
  setSwitches(switches: Partial<Switches>): void
  /** How saving strays from what was sent; what is left out stays as it is. */
  setSaving(saving: Partial<SaveBehaviour>): void
  /** The next update is refused with this fault. */
  failNextUpdate(fault: { code: number; message?: string; status?: number; errorData?: Json }): void
  /** Ends one session, or all of a user; returns how many there were. */
  endSessions(which: { token: string } | { userId: string }): number
  /** The row as the API would send it; `undefined` if there is none. */
  readUser(which: { id: string } | { identity: string }): UserObject | undefined
  /** Writes to a row as another device would: merged, checked and logged, past all switches that are meant for callers. */
  writeUser(id: string, properties: { readonly [property: string]: Json }): Promise<UserObject>
  setStatus(id: string, status: UserStatus): void
  /** Removes the row; sessions stay, so that the user's own update meets 3030. */
  removeUser(id: string): boolean
  /** Updates as they were applied, read from the disk. */
  log(query?: { after?: number; userId?: string }): AppliedUpdate[]
  /** The rows of a table as the API would send them, in the order in which they were made. */
  readRows(table: string): { [column: string]: Json }[]
  /** Makes a row of a table as another device would: checked and logged, past all switches that are meant for callers. */
  createRow(table: string, row: { readonly [column: string]: Json }): { [column: string]: Json }
  /** Writes to a row of a table as another device would. */
  writeRow(table: string, objectId: string, changes: { readonly [column: string]: Json }): { [column: string]: Json }
  /** Deletes a row of a table as another device would. */
  deleteRow(table: string, objectId: string): void
  /** Writes to tables as they were applied, read from the disk. */
  tableLog(query?: { after?: number; table?: string; objectId?: string }): TableWrite[]
  /** Everything as it was at the start, but for what is stored. */
  reset(): void
}

/** The settings that can be changed while the server runs. */
export interface Settings extends TrafficSettings {
  switches: Switches
  saving: SaveBehaviour
}

const statuses: ReadonlySet<unknown> = new Set<UserStatus>([
  'ENABLED',
  'DISABLED',
  'EMAIL_CONFIRMATION_PENDING',
  'GUEST',
])

/** The control of a store; `switches` are those that `reset` goes back to. */
export function createControl(store: Store, switches: Partial<Switches>, now: () => number): ServerControl {
  const initial = (): Settings => ({
    switches: { ...defaultSwitches, ...checkSwitches(switches) },
    ...freeTraffic,
    saving: plainSaving,
  })
  const traffic = createTraffic(initial(), {
    now,
    routes: backendlessRoutes,
    actions: new Set([...commonActions, 'fault']),
  })
  const { settings } = traffic
  function rowOf(id: string): UserRow {
    const row = store.users.byId(id)
    if (!row) throw new Error(`There is no user ${JSON.stringify(id)}`)
    return row
  }

  const callOf = (): TableCall => {
    return { store, rules: updateRules(settings, now), callerId: null, idempotencyKey: null, source: 'control' }
  }
  const written = (name: string, work: (call: TableCall) => TableRow): { [column: string]: Json } => {
    const row = store.transaction(() => work(callOf()))
    return rowObject(tableOf(store, name), row)
  }

  return {
    ...traffic,
    setSwitches: (change) => void Object.assign(settings.switches, checkSwitches(change)),
    setSaving(saving) {
      checkSaving(saving)
      settings.saving = { ...settings.saving, ...saving }
    },
    failNextUpdate: (fault) =>
      traffic.rules.add({ match: { method: 'PUT', path: '/users/*' }, action: { do: 'fault', ...fault } }),
    endSessions: (which) =>
      'token' in which ? Number(store.sessions.end(which.token)) : store.sessions.endAllOf(which.userId),
    readUser(which) {
      const key = 'identity' in which ? identityKey(which.identity) : null
      const row = 'id' in which ? store.users.byId(which.id) : key === null ? undefined : store.users.byIdentity(key)
      return row && userObject(row, store.columns)
    },
    async writeUser(id, properties) {
      const request = {
        userId: id,
        sent: new Map(Object.entries(properties)),
        callerId: null,
        idempotencyKey: null,
        source: 'control',
      } as const
      return userObject(await updateUser(store, request, updateRules(settings, now)), store.columns)
    },
    setStatus(id, userStatus) {
      if (!statuses.has(userStatus)) throw new Error(`A user status is one of ${[...statuses].join(', ')}`)
      store.users.replace({ ...rowOf(id), userStatus })
    },
    removeUser(id) {
      const found = store.users.byId(id) !== undefined
      store.users.remove(id)
      return found
    },
    log: (query) => store.appliedUpdates.list(query),
    readRows(name) {
      const table = tableOf(store, name)
      return table.rows.ids('', []).map((id) => rowObject(table, table.rows.byId(id)!))
    },
    createRow: (name, row) => written(name, (call) => createRow(call, name, new Map(Object.entries(row)))),
    writeRow: (name, id, changes) =>
      written(name, (call) => updateRow(call, name, id, new Map(Object.entries(changes)))),
    deleteRow: (name, id) => void store.transaction(() => deleteRow(callOf(), name, id)),
    tableLog: (query) => store.tableWrites.list(query),
    reset() {
      Object.assign(settings, initial())
      traffic.rules.clear()
      traffic.release()
    },
  }
}

/** The rules of saving as they are now. */
export function updateRules(settings: Settings, now: () => number): UpdateRules {
  return { switches: settings.switches, saving: settings.saving, nowMs: now() }
}

/** The answers of this mode that a rule asks for. */
export const backendlessAnswers: ModeAnswers = {
  cors: () => ({ 'Access-Control-Allow-Origin': '*' }),
  fault(action) {
    const fault = new Fault(action.code, action.message ?? scriptedMessage(action.code), action)
    return Response.json(faultBody(fault), { status: fault.status, headers: { 'Access-Control-Allow-Origin': '*' } })
  },
}

/** Default message of a scripted fault. */
function scriptedMessage(code: number): string {
  const name = Object.entries(faultCodes).find(([, known]) => known === code)?.[0]
  return name === undefined ? `Scripted fault ${code}` : `Scripted fault ${code} (${name})`
}
