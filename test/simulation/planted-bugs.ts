// Mistakes that somebody could make, each a small change of one function. The judge has to notice every one of them: a
// simulation that finds nothing has to have been able to. In the patterns `$name` stands for any code.
import type { SourceChange } from './plant.js'

export interface PlantedBug {
  /** The guarantee or rule that it breaks. */
  breaks: string
  /** The first worlds show it: `npm test` looks for it, `npm run test:all` for the others. */
  obvious?: true
  changes: readonly SourceChange[]
}

/** Where the lease's epoch is checked: one that was deposed goes on by the epoch that it had. */
const goOnDeposed: SourceChange = {
  in: 'workLanes',
  find: "if (!('epoch' in $granted)) return unchanged",
  replace: `const deposed = !('epoch' in $granted)
    if (deposed && typeof right === 'number') $granted = { epoch: right }
    if (!('epoch' in $granted)) return unchanged`,
}

/** Writes what a deposed holder is let through for. */
const lettingThrough = (what: string): SourceChange => ({
  in: 'workLanes',
  find: '$change ? changes.note($$all) : $lane',
  replace: `$change && (!deposed || ${what}) ? changes.note($$all) : $lane`,
})

export const plantedBugs: readonly PlantedBug[] = [
  {
    breaks: 'an edit leaves the outbox when its fate has not been written',
    obvious: true,
    changes: [{ in: 'note', find: '$change.settled ?? []', replace: '($change.settled ?? []).slice(1)' }],
  },
  {
    breaks: 'an edit is deleted before it is sent',
    obvious: true,
    changes: [
      {
        in: 'send',
        find: '{ row: { $$row, attempt: $attempt, $$more } }',
        replace:
          "{ row: { $$row, attempt: $attempt, $$more }, settled: [{ editIds: $attempt.editIds, outcome: 'accepted' }] }",
      },
    ],
  },
  {
    breaks: 'an edit counts as saved when the request succeeds, and not when the transaction completes (G1)',
    changes: [
      {
        in: 'saved',
        find: '$batch.saved.then($$rest)',
        replace: 'Promise.resolve(made)',
      },
    ],
  },
  {
    breaks: "one's own copy's refusal rolls back (R3)",
    changes: [{ in: 'refuse', find: '$doubtful && $context.canRead', replace: 'false' }],
  },
  {
    breaks: 'a part that was stored before a lost answer is rolled back with the rest (R3)',
    changes: [{ in: 'findSent', find: '$isApplied && ($refusal || $contested.length)', replace: 'false' }],
  },
  {
    breaks: 'a composed request takes the first value of a property and not the last',
    changes: [{ in: 'compose', find: 'mergePatches($sent)', replace: 'mergePatches([...$sent].reverse())' }],
  },
  {
    breaks: 'the view forgets to lay the later edits over the base (G6)',
    obvious: true,
    changes: [
      {
        in: 'fold',
        find: '$view !== null',
        replace: '!$view',
      },
    ],
  },
  {
    breaks: 'the sent value is compared with the base and not with its ancestor (R1)',
    changes: [{ in: 'compareReading', find: 'ancestorsOf($$all)', replace: '({})' }],
  },
  {
    breaks: 'an acceptance hands on no ancestors (R1)',
    changes: [{ in: 'settleLane', find: 'inherit($heirs, $$rest)', replace: 'inherit([], $$rest)' }],
  },
  {
    breaks: 'a read that an attempt overtook becomes the base (R7)',
    changes: [
      {
        in: 'confirm',
        find: '$row.attempt || $revisedAt >= $version',
        replace: '$row.attempt && $row.rev < 0',
      },
    ],
  },
  {
    breaks: 'an edit leaves the overlay before a snapshot has it (R8)',
    changes: [{ in: 'settle', find: '({ seq = Infinity }) => seq <= $version', replace: '() => $version >= 0' }],
  },
  {
    breaks: "a session's end discards what it should keep",
    changes: [{ in: 'beginSession', find: "close($$all, 'keep')", replace: "close($$all, 'discard')" }],
  },
  {
    breaks: 'a failed request is given up and not repeated (G3)',
    obvious: true,
    changes: [
      {
        in: 'waitAfter',
        find: 'later($due, { row: $row, wait: $wait })',
        replace: "{ change: { row: { ...$row, v: 99 }, wait: $wait }, next: { step: 'none' } }",
      },
    ],
  },
  {
    breaks: 'a drain that runs already does not hear that the network is back (R12)',
    changes: [{ in: 'lookAgain', find: 'alarm.empty()', replace: 'void 0' }],
  },
  {
    breaks: 'a due time is forgotten, and nothing wakes the lane again (R12)',
    changes: [{ in: 'timesOf', find: '[$next.dueAtMs]', replace: '[]' }],
  },
  {
    breaks: 'a fault is not written with the rollback (G7)',
    obvious: true,
    changes: [{ in: 'write', find: 'tables.faults.put($faults)', replace: 'undefined' }],
  },
  {
    breaks: 'a portal counts as the backend (G12)',
    changes: [
      {
        in: 'concludeWrite',
        find: 'if ($reply.ok) return accept($sent, $attempt, $reply, $context)',
        replace: `if ($reply.ok || $reply.failure.kind === 'server') {
          const answer = $reply.ok ? $reply : { ok: true, record: $attempt.patch }
          return accept($sent, $attempt, answer, $context)
        }`,
      },
    ],
  },
  {
    breaks: 'after a late copy of an older value the newer is not sent again (R3)',
    changes: [{ in: 'noteStray', find: '!$unknown && !$held', replace: 'true' }],
  },
  {
    breaks: 'a lane is halved for ever and nobody is found guilty (R6)',
    changes: [{ in: 'refuseAttempt', find: '$sent.length > 1', replace: '$sent.length > 0' }],
  },
  {
    breaks: 'a value that was not stored counts as accepted (R5)',
    obvious: true,
    changes: [
      {
        in: 'accept',
        find: '{ editIds: $ids, sent: $patch, missing: $missing, $$rest }',
        replace: '{ editIds: $ids, sent: $patch, missing: [], $$rest }',
      },
    ],
  },
  {
    breaks: 'an edit is saved for the account that is logged in by then (G10)',
    changes: [
      {
        in: 'saveEdits',
        find: 'const { account, $$rest } = $batch; sessionOf($state, account)',
        replace: `const { $$rest } = $batch
          const { account } = sessionOf($state, $state.session?.account)`,
      },
    ],
  },
  {
    breaks: 'an edit is shown only once it is saved (G2)',
    obvious: true,
    changes: [
      {
        in: 'place',
        find: 'live.overlay.add($key, $edit, $replaces, $name, $$more)',
        replace:
          '{ view, entry: { key: $key, name: $name, edit: $edit, replaces: $replaces, seq: undefined, fate: undefined } }',
      },
    ],
  },
  {
    breaks: 'the counters go their own way',
    obvious: true,
    changes: [
      {
        in: 'note',
        find: '$counts.pending -= $ids.length',
        replace: "$counts.pending -= outcome === 'accepted' ? $ids.length : 0",
      },
    ],
  },
  {
    breaks: 'an edit that is rejected takes the whole lane with it (G6)',
    changes: [{ in: 'refuseAttempt', find: 'ruleOf($failure.kind).endsLane', replace: "$failure.kind !== 'other'" }],
  },
  {
    breaks: 'a deposed holder prepares requests (G5)',
    changes: [goOnDeposed, lettingThrough('$change.row?.attempt?.open')],
  },
  {
    breaks: 'a deposed holder settles edits (G5)',
    changes: [goOnDeposed, lettingThrough('$change.settled?.length')],
  },
  {
    breaks: 'a lane is taken as known after others have written (R2)',
    changes: [{ in: 'at', find: '$wanted === $version', replace: '$wanted >= $version' }],
  },
  {
    breaks: 'a request leaves on a check of before a freeze (R2)',
    changes: [
      {
        in: 'decided',
        find: 'requests.add({ $$rest, preparedAtMs: $atMs })',
        replace: 'requests.add({ $$rest, preparedAtMs: clock.now() })',
      },
    ],
  },
  {
    breaks: 'who waits to be told of an edit that was lost with its database waits for ever (G3)',
    changes: [{ in: 'recheck', find: 'void lookUp($id)', replace: 'void $id' }],
  },
  {
    breaks: "who takes the browser's word that there is no network sends nothing for good (R12)",
    changes: [
      {
        in: 'look',
        find: '$tryAtMs ?? nowMs + backoffMs(1, chance())',
        replace: 'nowMs + backoffMs(1, chance())',
      },
    ],
  },
  {
    breaks: 'a login whose answer comes late takes the place of who has logged in or out since (R14)',
    changes: [{ in: 'checkTurn', find: '$state.turn! > $own', replace: 'false' }],
  },
  {
    breaks: 'a save takes the front past what is pending',
    obvious: true,
    changes: [
      { in: 'noteSaved', find: '$pending > 0 ? $front : undefined', replace: '$pending > 9 ? $front : undefined' },
    ],
  },
  {
    breaks: 'a settlement leaves the front where its edits were',
    obvious: true,
    changes: [{ in: 'moveFront', find: '$labels.includes($front.label)', replace: '!$labels.includes($front.label)' }],
  },
]
