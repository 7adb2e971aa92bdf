// Floor 7: a row, and a fault, as the service shows them. Pure.
import type { Json, Properties } from '../../model/record.js'
import type { ScriptedRefusal, StoredRecord } from '../records.js'

/** A fault in the service's own shape. */
export interface ServiceFault {
  readonly status: number
  readonly code: number
  readonly message: string
}

export function scriptedFault(refusal: ScriptedRefusal | undefined): ServiceFault | undefined {
  if (!refusal) return undefined
  const { status = 400, code = 3040, message = 'The backend refuses this' } = refusal
  return { status, code, message }
}

/** `names`: of the columns, each of which a row has. */
export function rowOf({ id, properties, revision, made }: StoredRecord, names: readonly string[]): Properties {
  const { password: _, ...shown } = { ...Object.fromEntries(names.map((name) => [name, null as Json])), ...properties }
  const created = Date.UTC(2026, 0, 1) + made
  return { ...shown, objectId: String(id), created, updated: revision > 1 ? created + revision : null }
}
