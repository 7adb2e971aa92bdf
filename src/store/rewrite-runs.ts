// Pure: the runs of a lane without the edits that a settlement ends.
import type { QueuedEdit } from '../model/edit.js'
import type { LaneRows, Run } from './rows.js'

/** The lane with the rest of its edits; the changed rows are added to the lists. */
export function rewriteRuns(
  lane: LaneRows,
  change: { settled?: readonly { editIds: readonly string[] }[]; rewritten?: readonly QueuedEdit[] },
  runs: Run[],
): LaneRows {
  const left: Run[] = []
  const gone = new Set(change.settled?.flatMap(({ editIds }) => editIds))
  const replacement = new Map(change.rewritten?.map((edit) => [edit.id, edit]))
  for (const run of lane.runs) {
    let after = run
    if (run.edits.some(({ id }) => gone.has(id) || replacement.has(id))) {
      const edits = run.edits.filter(({ id }) => !gone.has(id)).map((edit) => replacement.get(edit.id) ?? edit)
      after = { ...run, edits }
      runs.push(after)
    }
    if (after.edits.length) left.push(after)
  }
  return { ...lane, runs: left, edits: left.flatMap(({ edits }) => edits), earliest: undefined }
}
