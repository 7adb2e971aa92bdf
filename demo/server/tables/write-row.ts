import { randomUUID } from 'node:crypto'
import { Fault, faultCodes } from '../faults.js'
import { textOf, type Json, type Properties } from '../json.js'
import { strayed } from '../save-behaviour.js'
import { isHeldColumn, type Column, type HeldColumn } from '../store/columns.js'
import type { Store } from '../store/store.js'
import { isTableName, type Table, type TableRow } from '../store/tables.js'
import { storedValues } from '../users/column-value.js'
import { incomingProperties } from '../users/incoming-properties.js'
import { cutTime, type UpdateRules } from '../users/update-user.js'

/** One request to a table. */
export interface TableCall {
  readonly store: Store
  readonly rules: UpdateRules
  readonly callerId: string | null
  readonly idempotencyKey: string | null
  /** `update`: over the API; `control`: written straight to the row, past permissions. */
  readonly source: 'update' | 'control'
}

/** The actions on tables that a caller may have no permission for, with the code of each refusal. 1014 is inferred. */
const permissions = {
  create: faultCodes.createForbidden,
  update: faultCodes.updateForbidden,
  find: faultCodes.findForbidden,
  delete: faultCodes.deleteForbidden,
} as const

export type TableAction = keyof typeof permissions

export function checkPermission(
  { rules, source }: Pick<TableCall, 'rules' | 'source'>,
  ...actions: TableAction[]
): void {
  for (const action of actions) {
    if (source === 'control' || rules.switches.tablesForbid !== action) continue
    throw new Fault(permissions[action], `User has no permission to ${action} entity`)
  }
}

/** Throws fault 1009 where there is no such table. */
export function tableOf({ tables }: Pick<Store, 'tables'>, name: string): Table {
  const table = tables.byName(name)
  if (table) return table
  throw new Fault(
    faultCodes.unknownTable,
    `Table not found by name '${name.slice(0, 80)}'. Make sure the client class referenced in the API call has the same ` +
      'literal name as the table in Backendless console',
  )
}

/** The table of a write: a new one is made, as a new column is, where the app allows that. */
function tableForWrite({ store, rules }: TableCall, name: string): Table {
  const isMade = !store.tables.byName(name) && rules.switches.dynamicSchema === 'on' && isTableName(name)
  return isMade ? store.tables.add(name, []) : tableOf(store, name)
}

/** Makes a row, under an id of the client's where it sends one. Has to run in a transaction. */
export function createRow(
  call: TableCall,
  name: string,
  sent: Properties,
  mayNameIt: boolean = call.rules.switches.clientIds === 'allow' || call.source === 'control',
): TableRow {
  checkPermission(call, 'create')
  const given = sent.get('objectId') ?? null
  if (given !== null && !(mayNameIt && isRowId(given)))
    throw new Fault(faultCodes.invalidValue, 'Unable to save object - "objectId" is made by the server')
  const table = tableForWrite(call, name)
  const objectId = given ?? randomUUID().toUpperCase()
  if (table.rows.byId(objectId)) throw taken('objectId', objectId)
  const { values, added } = valuesFor(call, table, sent)
  const sentNames = new Set(values.map(([column]) => column.name))
  const columns = table.columns.custom().filter(isHeldColumn)
  const defaults = columns.filter((column) => column.defaultValue !== null && !sentNames.has(column.name))
  const filled = [...values, ...defaults.map((column): [HeldColumn, Json] => [column, column.defaultValue])]
  checkRequired(columns, new Map(filled.map(([column, value]) => [column.name, value])))
  checkUnique(table, filled, objectId)
  added.forEach(table.columns.add)
  const row: TableRow = {
    objectId,
    ownerId: call.callerId,
    created: cutTime(call.rules.nowMs, call.rules.switches.timePrecision),
    updated: null,
    properties: new Map(filled.filter(([, value]) => value !== null).map(([column, value]) => [column.name, value])),
  }
  table.rows.insert(row)
  log(call, table, row, 'create', row.properties)
  return row
}

/** Merges a patch into a row. Has to run in a transaction. */
export function updateRow(call: TableCall, name: string, objectId: string, sent: Properties): TableRow {
  checkPermission(call, 'update')
  const table = tableOf(call.store, name)
  const row = table.rows.byId(objectId)
  if (!row) throw noSuchRow(objectId)
  const { values, added } = valuesFor(call, table, sent)
  checkUnique(table, values, objectId)
  added.forEach(table.columns.add)
  const applied = new Map(values.map(([column, value]) => [column.name, value]))
  const properties = new Map([...row.properties, ...applied])
  for (const [property, value] of properties) if (value === null) properties.delete(property)
  checkRequired(
    values.map(([column]) => column),
    properties,
  )
  const next = { ...row, properties, updated: cutTime(call.rules.nowMs, call.rules.switches.timePrecision) }
  table.rows.replace(next)
  log(call, table, next, 'update', applied)
  return next
}

/** Makes the row of that id, or merges into it. Has to run in a transaction. */
export function upsertRow(call: TableCall, name: string, sent: Properties): TableRow {
  checkPermission(call, 'create', 'update')
  const id = sent.get('objectId')
  return typeof id === 'string' && call.store.tables.byName(name)?.rows.byId(id)
    ? updateRow(call, name, id, sent)
    : createRow(call, name, sent, true)
}

/** Deletes a row; returns the time of it. Has to run in a transaction. */
export function deleteRow(call: TableCall, name: string, objectId: string): number {
  checkPermission(call, 'delete')
  const table = tableOf(call.store, name)
  const row = table.rows.byId(objectId)
  if (!row) throw noSuchRow(objectId)
  table.rows.remove(objectId)
  log(call, table, row, 'delete', new Map())
  return call.rules.nowMs
}

export function noSuchRow(objectId: string): Fault {
  return new Fault(faultCodes.entityNotFound, `Entity with ID ${objectId.slice(0, 80)} not found`)
}

/** A row on the wire: every column, those without a value as null. */
export function rowObject({ columns }: Table, row: TableRow): { [property: string]: Json } {
  const { objectId, ownerId, created, updated } = row
  const values = columns
    .custom()
    .filter(isHeldColumn)
    .map(({ name }) => [name, row.properties.get(name) ?? null] as const)
  return { ...Object.fromEntries(values), objectId, ownerId, created, updated, ___class: columns.table }
}

/** Anything that can stand in an address; the service's own are GUIDs in capitals. */
function isRowId(id: Json): id is string {
  return typeof id === 'string' && /^[\w.~-]{1,64}$/.test(id) && !/^\.+$/.test(id)
}

/** Values that the service computes from others when it stores them. */
const computed = new Set(['BackendlessExpression'])

function valuesFor(
  { rules }: TableCall,
  { columns }: Table,
  sent: Properties,
): { values: [HeldColumn, Json][]; added: Column[] } {
  for (const [name, value] of sent) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) continue
    if (!Object.hasOwn(value, '___operation') && !computed.has(value.___class as string)) continue
    throw new Fault(faultCodes.unreadableRequest, `The computed value of "${name}" is not offered by this server`, {
      status: 501,
    })
  }
  const { known, added } = incomingProperties(sent, columns, {
    dynamicSchema: rules.switches.dynamicSchema,
    refusal: faultCodes.unknownColumn,
    general: faultCodes.invalidValue,
  })
  const values = strayed(storedValues(known), rules.saving)
  return { values, added: added.filter(({ name }) => !rules.saving.drop.includes(name)) }
}

function checkRequired(columns: readonly Column[], values: Properties): void {
  const empty = columns.filter(
    ({ name, required }) => required && ['', null, undefined].includes(values.get(name) as null),
  )
  if (empty.length === 0) return
  const names = empty.map(({ name }) => name).join(', ')
  throw new Fault(faultCodes.invalidValue, `Unable to save object - required properties are empty: ${names}`)
}

function checkUnique({ rows }: Table, values: readonly [Column, Json][], objectId: string): void {
  for (const [{ name, unique }, value] of values) {
    if (!unique || value === null || typeof value === 'object') continue
    const sqlValue = typeof value === 'boolean' ? Number(value) : value
    if (rows.holderOf(name, sqlValue, objectId) !== undefined) throw taken(name, textOf(value))
  }
}

function taken(column: string, value: string): Fault {
  return new Fault(faultCodes.valueTaken, `Duplicate entry '${value.slice(0, 80)}' for key '${column}'`)
}

function log(
  { store, rules, callerId, idempotencyKey, source }: TableCall,
  { name }: Table,
  { objectId }: TableRow,
  op: 'create' | 'update' | 'delete',
  applied: Properties,
): void {
  store.tableWrites.append({ table: name, objectId, op, applied, atMs: rules.nowMs, source, callerId, idempotencyKey })
}
