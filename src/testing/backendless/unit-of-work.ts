// Floor 7: the unit of work by which a table with a `versionColumn` is written: a guarded write, and a look at the row.
import type { Json, Operation, Properties } from '../../model/record.js'
import type { FakeRecords, StoredRecord } from '../records.js'
import type { ServiceFault } from './row.js'

type Refused = (op: Operation, collection: string, id: string, properties: Properties) => ServiceFault | undefined

/** `objectId = 'x'`, with a condition on one column or without. */
const clause = /^objectId = '([^']*)'(?: and (\w+) (?:= (\d+)|is null))?$/

export function runUnit(
  records: FakeRecords,
  { refused, show }: { refused: Refused; show(table: string, row: StoredRecord): Properties },
  { operations }: { readonly [name: string]: Json },
  request: Request,
): Response {
  const results: { [id: string]: { operationType: Json; result: Json } } = {}
  for (const operation of operations as Properties[]) {
    const { operationType, table, opResultId, payload } = operation as { [name: string]: string } & { payload: never }
    const { conditional, whereClause, changes } = payload as {
      conditional?: string
      whereClause?: string
      changes?: Json
    }
    const meant = rowsIn(records, table!, conditional ?? whereClause ?? '')
    let result: Json = meant.map((row) => show(table!, row))
    if (operationType !== 'FIND') {
      result = meant.length
      for (const row of meant) {
        const op = operationType === 'UPDATE_BULK' ? 'update' : 'delete'
        const patch = (changes ?? {}) as Properties
        const no = refused(op, table!, String(row.id), patch)
        if (no) {
          const { code, message } = no
          return Response.json({ success: false, error: { code, message, operation }, results: null })
        }
        if (op === 'update') records.update(table!, row, patch, request)
        else records.remove(table!, row, request)
      }
    }
    results[opResultId!] = { operationType: operationType!, result }
  }
  return Response.json({ success: true, error: null, results })
}

function rowsIn(records: FakeRecords, table: string, where: string): StoredRecord[] {
  const [, id, column, number] = clause.exec(where) ?? []
  const row = id === undefined ? undefined : records.get(table, id)
  if (!row) return []
  const wanted = number === undefined ? null : Number(number)
  return column === undefined || (row.properties[column] ?? null) === wanted ? [row] : []
}
