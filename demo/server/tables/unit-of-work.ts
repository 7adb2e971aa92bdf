import { Fault, faultCodes } from '../faults.js'
import { textOf, type Json, type Properties } from '../json.js'
import { queryOfBody } from '../routes/find-query.js'
import { findRows } from '../where/find-rows.js'
import {
  checkPermission,
  createRow,
  deleteRow,
  rowObject,
  tableOf,
  updateRow,
  upsertRow,
  type TableCall,
} from './write-row.js'
import { changeRows, createRows, deleteRows, listOfObjects, upsertRows, type Which } from './write-rows.js'

/** The answer to a unit of work; a refused one is a 200, too. */
export interface WorkDone {
  success: boolean
  error: { message: string; operation: Json } | null
  results: { [opResultId: string]: { operationType: string; result: Json } } | null
}

type Parts = { readonly [name: string]: Json }

/** Carries out the operations in order, each of them or none. */
export function runUnitOfWork(call: TableCall, { operations }: Parts): WorkDone {
  if (!Array.isArray(operations) || !operations.every(isObject))
    throw new Fault(
      faultCodes.unreadableRequest,
      'Could not parse the request: "operations" has to be a list of objects',
    )
  let current: Json = null
  const results: NonNullable<WorkDone['results']> = {}
  try {
    // A unit of work makes neither tables nor columns.
    const switches = { ...call.rules.switches, dynamicSchema: 'reject' as const }
    const strict = { ...call, rules: { ...call.rules, switches } }
    call.store.transaction(() => {
      for (const operation of operations as Parts[]) {
        current = operation as Json
        const { operationType, opResultId } = operation
        const result = runOperation(strict, operation, (id) => results[id]?.result)
        if (typeof opResultId === 'string') results[opResultId] = { operationType: operationType as string, result }
      }
    })
    return { success: true, error: null, results }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { success: false, error: { message: error.message, operation: current }, results: null }
  }
}

function runOperation(call: TableCall, operation: Parts, resultOf: (opResultId: string) => Json | undefined): Json {
  const { operationType, table } = operation
  if (typeof table !== 'string') throw unreadable('"table" has to be text')
  if (table === 'Users')
    throw new Fault(faultCodes.unreadableRequest, 'Units of work on Users are not offered', { status: 501 })
  const payload = resolved(operation.payload ?? null, resultOf)
  const shown = (row: Parameters<typeof rowObject>[1]): Json => rowObject(tableOf(call.store, table), row)
  const type = textOf(operationType ?? null)
  switch (type) {
    case 'CREATE':
      return shown(createRow(call, table, properties(payload)))
    case 'UPSERT':
      return shown(upsertRow(call, table, properties(payload)))
    case 'UPDATE': {
      const sent = properties(payload)
      return shown(updateRow(call, table, idIn(sent.get('objectId') ?? null), sent))
    }
    case 'DELETE':
      return deleteRow(call, table, idIn(isObject(payload) ? (payload.objectId ?? null) : payload))
    case 'CREATE_BULK':
      return createRows(call, table, listOfObjects(payload))
    case 'UPSERT_BULK':
      return upsertRows(call, table, listOfObjects(payload))
    case 'UPDATE_BULK': {
      const parts = properties(payload)
      return changeRows(call, table, whichIn(parts), properties(parts.get('changes') ?? null))
    }
    case 'DELETE_BULK':
      return deleteRows(call, table, whichIn(properties(payload)))
    case 'FIND':
      return find(call, table, payload)
    default:
      throw new Fault(faultCodes.unreadableRequest, `"${type.slice(0, 40)}" is not offered by this server`, {
        status: 501,
      })
  }
}

function find(call: TableCall, name: string, payload: Json): Json {
  checkPermission(call, 'find')
  const {
    whereClause = null,
    havingClause = null,
    properties: props = null,
    queryOptions = null,
    ...others
  } = isObject(payload) ? payload : {}
  const { sortBy = null, related = null, relationsDepth = null } = isObject(queryOptions) ? queryOptions : {}
  const query = {
    ...others,
    where: whereClause,
    having: havingClause,
    props,
    sortBy,
    loadRelations: related,
    relationsDepth,
  }
  const withObjectId = call.rules.switches.objectIdWithProps === 'on'
  return findRows(tableOf(call.store, name), queryOfBody(query), { withObjectId })
}

/** The rows that a bulk operation means: by a where clause, by ids, or by rows that an earlier operation has answered with. */
function whichIn(parts: Properties): Which {
  const where = parts.get('conditional') ?? null
  if (typeof where === 'string') return { where }
  const ids = parts.get('unconditional') ?? null
  if (Array.isArray(ids)) return { ids: ids.map((id) => idIn(isObject(id) ? (id.objectId ?? null) : id)) }
  throw unreadable('"conditional" has to be a where clause, or "unconditional" a list of ids')
}

/** The payload with the results of earlier operations in the place of references to them. */
function resolved(value: Json, resultOf: (opResultId: string) => Json | undefined): Json {
  if (Array.isArray(value)) return value.map((item) => resolved(item, resultOf))
  if (!isObject(value)) return value
  if (value.___ref !== true)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, resolved(inner, resultOf)]))
  const { opResultId, resultIndex = null, propName = null } = value
  let found = typeof opResultId === 'string' ? resultOf(opResultId) : undefined
  if (typeof resultIndex === 'number') found = Array.isArray(found) ? found[resultIndex] : undefined
  if (typeof propName === 'string')
    found = found !== undefined && isObject(found) && Object.hasOwn(found, propName) ? found[propName] : undefined
  if (found === undefined)
    throw unreadable(
      `there is no result "${textOf(opResultId ?? null).slice(0, 80)}" to refer to, or no such part of it`,
    )
  return found
}

function properties(value: Json): Properties {
  if (isObject(value)) return new Map(Object.entries(value))
  throw unreadable('the payload has to be an object')
}

function idIn(value: Json): string {
  if (typeof value === 'string' && value !== '') return value
  throw unreadable('there has to be an "objectId"')
}

function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unreadable(why: string): Fault {
  return new Fault(faultCodes.unreadableRequest, `Could not parse the request: ${why}`)
}
