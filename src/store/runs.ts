// How the edits of a run lie in the database: as one text, which a browser copies many times faster than as many small objects.
import type { QueuedEdit } from '../model/edit.js'
import type { Tables } from './connection.js'
import { formatVersion, type RunRow } from './rows.js'

/** The edits of one lane that were saved in one transaction. */
export interface Run extends Omit<RunRow, 'edits' | 'atMs'> {
  edits: QueuedEdit[]
}

/** An edit in that text. Its id is the label of its run and `place`. */
type Packed = [
  place: string,
  patch: QueuedEdit['patch'],
  ancestors: QueuedEdit['ancestors'],
  atMs: number,
  rest: Pick<QueuedEdit, 'covered' | 'meta' | 'retryOf'>,
]

/** Of a format that this version can read. */
export function isKnown({ v }: { v: number }): boolean {
  return v <= formatVersion
}

export function addRuns(tables: Tables, runs: readonly Run[]): Promise<void> {
  return tables.edits.add(runs.map(pack))
}

export function putRuns(tables: Tables, runs: readonly Run[]): Promise<void> {
  return tables.edits.put(runs.map(pack))
}

/** Those of a newer version have no edits here. */
export function unpack(row: RunRow): Run {
  const edits = isKnown(row) ? (JSON.parse(row.edits) as Packed[]) : []
  return {
    ...row,
    edits: edits.map(([place, patch, ancestors, atMs, rest]) => ({
      id: `${row.label}-${place}`,
      patch,
      ancestors,
      atMs,
      ...rest,
    })),
  }
}

function pack(run: Run): RunRow {
  const edits = run.edits.map(({ id, patch, ancestors, atMs, covered, meta, retryOf }): Packed => {
    return [id.slice(run.label.length + 1), patch, ancestors, atMs, { covered, meta, retryOf }]
  })
  return { ...run, atMs: run.edits[0]!.atMs, edits: JSON.stringify(edits) }
}
