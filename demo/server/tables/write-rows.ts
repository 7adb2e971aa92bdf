import { Fault, faultCodes } from '../faults.js'
import type { Json, Properties } from '../json.js'
import { compiledWhere, guarded } from '../where/find-rows.js'
import { checkPermission, createRow, deleteRow, tableOf, updateRow, upsertRow, type TableCall } from './write-row.js'

/** The rows that a bulk operation means. */
export type Which = { readonly where: string } | { readonly ids: readonly string[] }

/** Documented for bulk creations. */
const mostRows = 100

/** Makes rows; returns their ids in the order in which they were sent. Has to run in a transaction. */
export function createRows(call: TableCall, name: string, sent: readonly Properties[]): string[] {
  return within(sent).map((one) => createRow(call, name, one).objectId)
}

export function upsertRows(call: TableCall, name: string, sent: readonly Properties[]): string[] {
  return within(sent).map((one) => upsertRow(call, name, one).objectId)
}

/** Changes rows alike; returns how many. Has to run in a transaction. */
export function changeRows(call: TableCall, name: string, which: Which, changes: Properties): number {
  checkPermission(call, 'update')
  return idsOf(call, name, which).map((id) => updateRow(call, name, id, changes)).length
}

export function deleteRows(call: TableCall, name: string, which: Which): number {
  checkPermission(call, 'delete')
  return idsOf(call, name, which).map((id) => deleteRow(call, name, id)).length
}

/** A list of objects, from a body. */
export function listOfObjects(value: Json): Properties[] {
  if (Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one)))
    return value.map((one) => new Map(Object.entries(one as { [name: string]: Json })))
  throw new Fault(faultCodes.unreadableRequest, 'Could not parse the request: it has to be a list of objects')
}

/** Those of the table's rows; an id that it has not is none of them. */
function idsOf({ store }: TableCall, name: string, which: Which): string[] {
  const table = tableOf(store, name)
  if ('ids' in which) return which.ids.filter((id) => table.rows.byId(id))
  const { text, values } = compiledWhere(table.columns, which.where)
  return guarded(() => table.rows.ids(`WHERE ${text}`, values))
}

function within(sent: readonly Properties[]): readonly Properties[] {
  if (sent.length <= mostRows) return sent
  throw new Fault(
    faultCodes.unreadableRequest,
    `A bulk operation takes at most ${mostRows} objects, not ${sent.length}`,
  )
}
