// Floor 6: a write to a row that has a version: one unit of work, guarded by a column (R24).
import type { Refused, RequestContext } from '../endpoint/endpoint.js'
import type { Failure } from '../model/failure.js'
import { isProperties } from '../model/own.js'
import type { Json, Patch, Properties } from '../model/record.js'
import { askInSession, proveRecord } from './ask.js'
import type { Backend } from './backend.js'
import { meaningOf } from './fault-codes.js'

/** A row whose column is empty is guarded too; the write behind it gives the column its first number. */
const none = 'none'

/** Ids that need no escape in a where clause. */
const plainId = /^[\w-]+$/

/** The version of a row; `undefined`: the column has no whole number that can be raised, or the id needs an escape. */
export function versionOf(column: string | undefined, row: Properties): string | undefined {
  const { objectId } = row
  if (column === undefined || typeof objectId !== 'string' || !plainId.test(objectId)) return undefined
  const number = row[column]
  if (number === null) return none
  return typeof number === 'number' && Number.isSafeInteger(number + 1) ? String(number) : undefined
}

export interface GuardedWrite {
  table: string
  column: string
  id: string
  version: string
  /** Absent: the row is deleted. */
  patch?: Patch
}

type Written = { ok: true; row: Properties | null } | Refused

/**
 * Writes only if the row's version is still this one. `row`: after the write; `null`: there is no such row. A row of another version is
 * refused as `stale`. The service answers 200 to a unit of work that fails; its message names the cause, and its code is not always there.
 */
export async function writeGuarded(
  backend: Backend,
  { table, column, id, version, patch }: GuardedWrite,
  context: RequestContext,
): Promise<Written> {
  const whereClause = `objectId = '${id}'`
  const conditional = `${whereClause} and ${column} ${version === none ? 'is null' : `= ${version}`}`
  const next = version === none ? 1 : Number(version) + 1
  const write = patch
    ? { operationType: 'UPDATE_BULK', payload: { conditional, changes: { ...patch, [column]: next } } }
    : { operationType: 'DELETE_BULK', payload: { conditional } }
  const find = { operationType: 'FIND', payload: { whereClause, pageSize: 1, queryOptions: {} } }
  const body: Json = {
    isolationLevelEnum: 'REPEATABLE_READ',
    operations: [
      { ...write, table, opResultId: 'write' },
      { ...find, table, opResultId: 'now' },
    ],
  }
  const request = { method: 'POST', path: 'transaction/unit-of-work', body } as const
  const done = await askInSession(backend, request, context, (json) => proveUnit(json, id))
  if (!done.ok) return done
  if ('refused' in done) return { ok: false, failure: failureOf(done.refused, backend) }
  const { count, row } = done
  if (count || !row) return { ok: true, row: patch ? row : null }
  const message = `The row has changed: its "${column}" is not ${version === none ? 'empty' : version} any more`
  return { ok: false, failure: { kind: 'conflict', reason: 'stale', message } }
}

type Unit = { count: number; row: Properties | null } | { refused: Properties }

function proveUnit(json: Json | undefined, id: string): Unit | string {
  const { success, error, results } = (json ?? {}) as { [name: string]: Json | undefined }
  if (success === false && isProperties(error) && typeof error['message'] === 'string') return { refused: error }
  const { write, now } = (isProperties(results) ? results : {}) as { [name: string]: { result?: Json } | undefined }
  const count = write?.result
  const rows = now?.result
  if (success !== true || !Number.isSafeInteger(count) || !Array.isArray(rows)) return 'is no unit of work'
  if (!rows.length) return { count: count as number, row: null }
  const proven = proveRecord(rows[0], id, 'row')
  return typeof proven === 'string' ? proven : { count: count as number, row: proven.record }
}

function failureOf({ code, message }: Properties, { faultKinds }: Backend): Failure {
  if (typeof code !== 'number') return { kind: 'other', message: message as string }
  const { kind, reason } = meaningOf(code, faultKinds)
  return { kind, reason, code, message: message as string }
}
