// The form of a run's edits in the database: one text, which a browser copies many times faster than many small objects.
import type { QueuedEdit } from '../model/edit.js'
import { isLike } from '../model/shape.js'
import type { Tables } from './connection.js'
import { formatVersion, type Run, type RunRow } from './rows.js'
import { isNewer, type Shapes } from './shapes.js'
import { packedShape, runShape } from './sound.js'

/** An edit in that text. Its id is the label of its run and `place`. */
type Packed = [
  place: string,
  patch: QueuedEdit['patch'],
  ancestors: QueuedEdit['ancestors'],
  atMs: number,
  rest: Pick<QueuedEdit, 'op' | 'covered' | 'meta' | 'retryOf' | 'hasOwnId' | 'awaits'>,
]

export function addRuns(tables: Tables, runs: readonly Run[]): Promise<void> {
  return tables.edits.add(runs.map(pack))
}

export function putRuns(tables: Tables, runs: readonly Run[]): Promise<void> {
  return tables.edits.put(runs.map(pack))
}

/** Those of a newer version of the library or of the app, and damaged ones, have no edits here. */
export function unpack(row: RunRow, shapes?: Shapes): Run {
  const edits = shapes && isNewer(row, shapes) ? undefined : packedIn(row)
  if (!edits) return { ...row, edits: [], unread: row }
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

function packedIn(row: RunRow): Packed[] | undefined {
  if (!isLike(row, runShape) || row.v > formatVersion) return undefined
  try {
    const edits: unknown = JSON.parse(row.edits)
    return isLike(edits, packedShape) ? (edits as Packed[]) : undefined
  } catch {
    return undefined
  }
}

function pack(run: Run): RunRow {
  const edits = run.edits.map((edit): Packed => {
    const { id, op, patch, ancestors, atMs, covered, meta, retryOf, hasOwnId, awaits } = edit
    const rest = { op, covered, meta, retryOf, hasOwnId, awaits }
    return [id.slice(run.label.length + 1), patch, ancestors, atMs, rest]
  })
  return { ...run, atMs: run.edits[0]!.atMs, edits: JSON.stringify(edits) }
}
