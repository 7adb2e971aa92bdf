// Mistakes that somebody could make, each a small change of the library's source text. The judge has to notice every one of
// them: a simulation that finds nothing has to have been able to.
import type { SourceChange } from './build-variant.js'

export interface PlantedBug extends SourceChange {
  /** What it breaks. */
  breaks: string
  /** The first world that showed it when this was written; looked at first, so that the others need not be. */
  seed: number
}

/** Where the lease's epoch is checked, up to the first thing that is written. */
const fence = `    if (!('epoch' in granted)) return unchanged
    const claiming = row ? [putLease(tables, row)] : []
    const changes = createChanges()
    const byName = new Map(known)
    for (const [index, { decide }] of jobs.entries()) {
      const lane = lanes[index]!
      const change = decide(lane, state, granted.epoch)
      // Noted before the next one is decided, which may have to wait by it.
      const after = change ?`

/** One that was deposed goes on by the epoch that it had, and writes what it is let through for. */
const unfenced = fence.replace(
  "if (!('epoch' in granted)) return unchanged",
  "const deposed = !('epoch' in granted)\n    if (deposed && typeof right === 'number') granted = { epoch: right }\n    if (!('epoch' in granted)) return unchanged",
)

export const plantedBugs: readonly PlantedBug[] = [
  {
    breaks: 'an edit leaves the outbox when its fate has not been written',
    seed: 1,
    file: 'store/settlements.ts',
    find: 'for (const { editIds, outcome, faultId } of change.settled ?? []) {',
    replace: 'for (const { editIds, outcome, faultId } of (change.settled ?? []).slice(1)) {',
  },
  {
    breaks: 'an edit is deleted before it is sent',
    seed: 1,
    file: 'sync/plan.ts',
    find: 'change: { row: { ...based, readFirst: undefined, attempt: written, rev: row.rev + 1, tries: row.tries + 1 } },',
    replace:
      "change: { row: { ...based, readFirst: undefined, attempt: written, rev: row.rev + 1, tries: row.tries + 1 }, settled: [{ editIds: attempt.editIds, outcome: 'accepted' }] },",
  },
  {
    breaks: 'an edit counts as saved when the request succeeds, and not when the transaction completes (G1)',
    seed: 8,
    file: 'save-edit.ts',
    find: 'return batch.saved.then((oneByOne) => oneByOne?.get(made)!.then(() => saved) ?? saved)',
    replace: 'return Promise.resolve(saved)',
  },
  {
    breaks: "one's own copy's refusal rolls back (R3)",
    seed: 5,
    file: 'sync/conclude.ts',
    find: 'if (doubtful && context.canRead) {',
    replace: 'if (false && doubtful && context.canRead) {',
  },
  {
    breaks: 'a part that was stored before a lost answer is rolled back with the rest (R3)',
    seed: 60,
    file: 'sync/plan.ts',
    find: 'if ((refusal || contested.length) && wasApplied(lane, attempt.patch, accepted))',
    replace: 'if (false && (refusal || contested.length) && wasApplied(lane, attempt.patch, accepted))',
  },
  {
    breaks: 'a composed request takes the first value of a property and not the last',
    seed: 4,
    file: 'model/compose.ts',
    find: 'patch: fold(undefined, sent) }',
    replace: 'patch: fold(undefined, [...sent].reverse()) }',
  },
  {
    breaks: 'the view forgets to lay the later edits over the base (G6)',
    seed: 1,
    file: 'model/fold.ts',
    find: '  for (const edit of edits)\n',
    replace: '  for (const edit of edits.slice(0, 1))\n',
  },
  {
    breaks: 'what was sent is compared with the base and not with its ancestor (R1)',
    seed: 37,
    file: 'sync/plan.ts',
    find: 'const ancestors = ancestorsOf(edits, Object.keys(patch))',
    replace: 'const ancestors = {} as never',
  },
  {
    breaks: 'an acceptance hands on no ancestors (R1)',
    seed: 14,
    file: 'model/settle-lane.ts',
    find: 'inherit(after, gone, confirmed)',
    replace: 'inherit([], gone, confirmed)',
  },
  {
    breaks: 'a read that an attempt overtook becomes the base (R7)',
    seed: 99,
    file: 'store/sessions.ts',
    find: 'if (row.attempt || (row.base && row.revisedAt! >= version!)) return false',
    replace: 'if (row.attempt && row.rev < 0) return false',
  },
  {
    breaks: 'an edit leaves the overlay before a snapshot has it (R8)',
    seed: 5,
    file: 'live/overlay.ts',
    find: 'remove([...byId.values()].filter(({ seq = Infinity }) => seq <= version)',
    replace: 'remove([...byId.values()].filter(() => version >= 0)',
  },
  {
    breaks: "a session's end discards what it should keep",
    seed: 4,
    file: 'store/sessions.ts',
    find: "if (old && old.account !== session.account) await close(tables, state, old, 'keep')",
    replace: "if (old && old.account !== session.account) await close(tables, state, old, 'discard')",
  },
  {
    breaks: 'a failed request is given up and not repeated (G3)',
    seed: 1,
    file: 'sync/conclude.ts',
    find: "return { change: { row, wait: all }, next: { step: 'later', dueAtMs: all.dueAtMs } }",
    replace: "return { change: { row: { ...row, v: 99 }, wait: all }, next: { step: 'none' } }",
  },
  {
    breaks: 'a drain that runs already does not hear that the network is back (R12)',
    seed: 1,
    file: 'sync/engine.ts',
    find: '    nextDueAtMs = undefined\n  }',
    replace: '  }',
  },
  {
    breaks: 'a due time is forgotten, and nothing wakes the lane again (R12)',
    seed: 17,
    file: 'sync/engine.ts',
    find: "if (next.step === 'later') due(next.dueAtMs)",
    replace: "if (next.step === 'later' && false) due(0)",
  },
  {
    breaks: 'a fault is not written with the rollback (G7)',
    seed: 1,
    file: 'store/settlements.ts',
    find: 'tables.faults.put(faults),',
    replace: '',
  },
  {
    breaks: 'a portal counts as the backend (G12)',
    seed: 12,
    file: 'sync/conclude.ts',
    find: "  const { failure } = reply\n  switch (failureClass(failure.kind)) {\n    case 'verdict':\n      return proper(state, context, refuse",
    replace:
      "  const { failure } = reply\n  if (failure.kind === 'server') return proper(state, context, continueWith(lane, accept(lane, attempt, attempt.patch, context), context))\n  switch (failureClass(failure.kind)) {\n    case 'verdict':\n      return proper(state, context, refuse",
  },
  {
    breaks: 'after a late copy of an older value the newer is not sent again (R3)',
    seed: 53,
    file: 'sync/look-back.ts',
    find: 'return unknown ? { ...row, strays:',
    replace: 'return unknown && false ? { ...row, strays:',
  },
  {
    breaks: 'a lane is halved for ever and nobody is found guilty (R6)',
    seed: 4,
    file: 'sync/refuse.ts',
    find: 'if (sent.length > 1 && !wholeLane) {',
    replace: 'if (sent.length > 0 && !wholeLane) {',
  },
  {
    breaks: 'what was not stored counts as accepted (R5)',
    seed: 1,
    file: 'sync/conclude.ts',
    find: 'sent: patch, missing, failure',
    replace: 'sent: patch, missing: [], failure',
  },
  {
    breaks: 'an edit is saved for whoever is logged in by then (G10)',
    seed: 61,
    file: 'store/edits.ts',
    find: 'const { account, label, closes, replaces, nowMs } = batch\n    if (state.session?.account !== account)',
    replace:
      'const { label, closes, replaces, nowMs } = batch\n    const account = state.session?.account ?? batch.account\n    if (!state.session)',
  },
  {
    breaks: 'an edit is shown only once it is saved (G2)',
    seed: 1,
    file: 'save-edit.ts',
    find: 'live.overlay.add(key, edit, replaces, name)',
    replace: '{ view, entry: { key, name, edit, replaces, seq: undefined, fate: undefined } }',
  },
  {
    breaks: 'the counters go their own way',
    seed: 1,
    file: 'store/settlements.ts',
    find: 'counts.pending -= editIds.length',
    replace: "counts.pending -= outcome === 'accepted' ? editIds.length : 0",
  },
  {
    breaks: 'an edit that is rejected takes the whole lane with it (G6)',
    seed: 7,
    file: 'sync/refuse.ts',
    find: "const wholeLane = failure.kind === 'gone'",
    replace: "const wholeLane = failure.kind !== 'other'",
  },
  {
    breaks: 'a deposed holder prepares requests (G5)',
    seed: 13,
    file: 'store/settlements.ts',
    find: fence,
    replace: unfenced.replace('= change ?', '= change && (!deposed || change.row?.attempt?.open) ?'),
  },
  {
    breaks: 'a deposed holder settles edits (G5)',
    seed: 13,
    file: 'store/settlements.ts',
    find: fence,
    replace: unfenced.replace('= change ?', '= change && (!deposed || change.settled?.length) ?'),
  },
  {
    breaks: 'a lane in flight is taken as known after others have written (R2)',
    seed: 13,
    file: 'store/settlements.ts',
    find: 'inFlight.version === state.version ?',
    replace: 'inFlight.version <= state.version ?',
  },
  {
    breaks: 'a request leaves on a check of before a freeze (R2)',
    seed: 91,
    file: 'sync/engine.ts',
    find: 'ready.push({ key, step: next, session, preparedAtMs })',
    replace: 'ready.push({ key, step: next, session, preparedAtMs: clock.now() })',
  },
]
