/* The states of a lane by its operation and by what can happen to it, with no cell left out (R2, R3, R15, R18, R21, R22, G9). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/endpoint/endpoint.js'
import type { Failure, FailureClass } from '../../../src/model/failure.js'
import { laneName, type Operation, type Properties, type RepeatsCreates } from '../../../src/model/record.js'
import type { Attempt, LookBack, RecordRow, StoredLane } from '../../../src/store/rows.js'
import type { LaneEvent } from '../../../src/sync/lane/conclude.js'
import type { LaneContext } from '../../../src/sync/lane/context.js'
import { decide } from '../../../src/sync/lane/decide.js'
import type { Plan, Step } from '../../../src/sync/lane/decision.js'
import { type LaneState, laneState } from '../../../src/sync/lane/state.js'
import { makeEdit } from '../../model/make-edit.js'
import { attempt, context, lane, nowMs } from './given.js'

const other = laneName({ account: 'me', collection: 'notes', id: 'n1' })

/** A lane's edit; of a creation also the endpoint's means to repeat it. */
type Kind = Exclude<Operation, 'create'> | `create, ${RepeatsCreates}`
/** `proper`: a write is done; a read shows what was there before. */
type Answer = 'proper' | 'gone' | FailureClass
/** `done`: it shows the effect of the request. `absent`: there is no such record. */
type ReadAnswer = Answer | 'done' | 'absent'
/** Each event, and each class of answers of those that bring one. */
type Happening = LaneEvent extends infer E
  ? E extends { event: infer Name extends string; reply: Reply }
    ? `${Name}: ${Name extends 'read-answered' ? ReadAnswer : Answer}`
    : E extends { event: infer Name extends string }
      ? Name
      : never
  : never
/** How the lane's edit ended, if it did, or that the person is asked; then what is next. */
type Expected = Step['step'] | `${'accepted' | 'rejected' | 'asked'}, ${Step['step']}`
type Row = Record<Happening, Expected>

const opOfKind = (kind: Kind): Operation => kind.split(', ')[0] as Operation
const modeOf = (kind: Kind): RepeatsCreates => (kind.split(', ')[1] ?? 'safe') as RepeatsCreates

const contextOf = (kind: Kind): LaneContext => {
  const repeatsCreates = modeOf(kind)
  return {
    ...context,
    repeatsCreates,
    isNamedByServer: repeatsCreates !== 'safe',
    canFind: repeatsCreates === 'by-find',
  }
}

function attemptOf(kind: Kind): Attempt {
  const op = opOfKind(kind)
  return {
    ...attempt,
    ...(op !== 'update' && { op }),
    ...(op === 'create' && { mode: modeOf(kind), firstAtMs: nowMs - 5 }),
    ...(op === 'delete' && { patch: {} }),
  }
}

const refusal: Failure = { kind: 'conflict', message: 'Taken' }

function lanesOf(kind: Kind): Record<LaneState, StoredLane> {
  const op = opOfKind(kind)
  const sent = attemptOf(kind)
  const made = {
    ...(op !== 'update' && { op }),
    ...(op === 'update' && { ancestors: { a: 0 } }),
  }
  const patch = op === 'delete' ? {} : { a: 1 }
  const known = op === 'create' ? { base: undefined, baseAtMs: undefined } : { baseAtMs: nowMs - 90_000 }
  const aged = (row: Partial<RecordRow>, more: Partial<StoredLane> = {}): StoredLane => ({
    ...lane({ ...known, ...row }, [makeEdit('e-1', patch, made)]),
    ...more,
  })
  // A late copy of a creation brings back what was deleted since.
  const owed: Pick<LookBack, 'op' | 'older' | 'newer'> =
    op === 'update' ? { older: { a: 1 }, newer: { a: 0 } } : { op: 'delete', older: {}, newer: {} }
  return {
    held: aged({ v: 2, attempt: sent }, { held: 'reload' }),
    resting: aged({}, { edits: [] }),
    paused: aged({ dueAtMs: nowMs + 5_000 }),
    undecided: aged({ attempt: { ...sent, open: false, unknown: true }, unknownFault: 'f0' }),
    doubted: aged({ attempt: { ...sent, open: false, refusal } }),
    'under-way': aged({ attempt: sent }),
    abandoned: aged({ attempt: { ...sent, epoch: 1 } }),
    unknown: aged({ attempt: { ...sent, open: false, unknown: true } }),
    owing: aged(
      { ...(op !== 'update' && { base: null }), lookBacks: [{ ...owed, dueAtMs: nowMs - 20, resent: 0 }] },
      { edits: [] },
    ),
    dependent: aged(
      {},
      {
        edits: [makeEdit('e-1', patch, { ...made, awaits: [{ collection: 'notes', id: 'n1', seq: 5 }] })],
        others: new Map([[other, { name: other, isCreating: false, base: {}, seqs: [5] }]]),
      },
    ),
    queued: aged({}),
  }
}

const failures: Record<'gone' | FailureClass, Failure> = {
  gone: { kind: 'gone', message: 'Gone' },
  verdict: { kind: 'validation', message: 'Too long' },
  hold: { kind: 'auth', message: 'Expired' },
  wait: { kind: 'server', message: 'Down' },
}

const isFailed = (answer: ReadAnswer | undefined): answer is keyof typeof failures =>
  answer !== undefined && answer in failures

function eventOf(kind: Kind, happening: Happening, { row }: StoredLane): LaneEvent {
  const op = opOfKind(kind)
  const sent = row.attempt ?? attemptOf(kind)
  const [event, answer] = happening.split(': ') as [LaneEvent['event'], ReadAnswer | undefined]
  const reply = (record: Properties | null): Reply =>
    isFailed(answer)
      ? { ok: false, failure: failures[answer] }
      : { ok: true, record, ...(op === 'create' && record && { id: modeOf(kind) === 'safe' ? 'u1' : 5 }) }
  const before = op === 'create' ? null : { a: 0 }
  const after = op === 'delete' ? null : { a: 1 }
  switch (event) {
    case 'looked':
      return { event }
    case 'not-sent':
      return { event, attempt: sent }
    case 'write-answered':
      return { event, attempt: sent, reply: reply(after) }
    case 'read-answered':
      return {
        event,
        reply: reply(answer === 'done' ? after : answer === 'absent' ? null : before),
        rev: row.rev,
        atMs: nowMs - 10,
        sessionId: 's1',
        ...(op === 'create' && modeOf(kind) !== 'safe' && { by: modeOf(kind) === 'by-find' ? 'edit' : 'list' }),
      }
  }
}

function summaryOf({ change, next }: Plan): string {
  const isAsked = change?.faults?.some(({ kind }) => kind === 'unknown')
  return [...(change?.settled ?? []).map(({ outcome }) => outcome), ...(isAsked ? ['asked'] : []), next.step].join(', ')
}

const always = (expected: Expected): Row => ({
  looked: expected,
  'not-sent': expected,
  'write-answered: proper': expected,
  'write-answered: gone': expected,
  'write-answered: verdict': expected,
  'write-answered: hold': expected,
  'write-answered: wait': expected,
  'read-answered: proper': expected,
  'read-answered: done': expected,
  'read-answered: absent': expected,
  'read-answered: gone': expected,
  'read-answered: verdict': expected,
  'read-answered: hold': expected,
  'read-answered: wait': expected,
})
/** An answer without a verdict makes every lane that asked wait. */
const unanswered = { 'read-answered: hold': 'none', 'read-answered: wait': 'later' } as const
/** The answers to a request that no copy of it doubts. */
const answered = {
  'write-answered: proper': 'accepted, none',
  'write-answered: gone': 'rejected, none',
  'write-answered: verdict': 'rejected, none',
  'write-answered: hold': 'none',
  'write-answered: wait': 'later',
} as const
const reads = (proper: Expected, done: Expected, absent: Expected, gone: Expected, verdict: Expected) => ({
  'read-answered: proper': proper,
  'read-answered: done': done,
  'read-answered: absent': absent,
  'read-answered: gone': gone,
  'read-answered: verdict': verdict,
})

/** In these states the operation of the lane's edit makes no difference. */
const alike = {
  held: always('held'),
  resting: { ...always('none'), ...unanswered },
  undecided: { ...always('none'), ...unanswered },
  dependent: { ...always('none'), ...unanswered },
}
const [taken, refused] = ['accepted, none', 'rejected, none'] as const

const update: Record<LaneState, Row> = {
  ...alike,
  paused: { ...always('later'), ...unanswered, ...reads('send', taken, refused, 'later', 'later') },
  doubted: { ...always('read'), ...unanswered, ...reads(refused, taken, refused, refused, refused) },
  'under-way': {
    ...answered,
    ...unanswered,
    looked: 'read',
    'not-sent': 'read',
    ...reads('send', taken, refused, 'send', 'send'),
  },
  abandoned: { ...always('later'), ...answered, ...unanswered, 'not-sent': 'read' },
  unknown: { ...always('read'), ...unanswered, ...reads('send', taken, refused, 'send', 'send') },
  owing: { ...always('read'), ...unanswered, ...reads('none', 'send', 'none', 'none', 'none') },
  queued: { ...always('read'), ...unanswered, ...reads('send', taken, refused, 'send', 'send') },
}

/** The record that it takes away may come back. */
const owing: Row = { ...always('read'), ...unanswered, ...reads('send', 'none', 'none', 'none', 'none') }

const deletion: Record<LaneState, Row> = {
  ...alike,
  paused: { ...always('later'), ...unanswered, ...reads('send', taken, taken, 'later', 'later') },
  doubted: { ...always('read'), ...unanswered, ...reads(refused, taken, taken, taken, refused) },
  'under-way': {
    ...answered,
    'write-answered: gone': taken,
    ...unanswered,
    looked: 'send',
    'not-sent': 'send',
    ...reads('send', taken, taken, taken, 'send'),
  },
  abandoned: {
    ...always('later'),
    ...answered,
    'write-answered: gone': taken,
    ...unanswered,
    'not-sent': 'send',
  },
  unknown: { ...always('send'), ...unanswered, ...reads('send', taken, taken, taken, 'send') },
  owing,
  queued: { ...always('send'), ...unanswered, ...reads('send', taken, taken, 'send', 'send') },
}

/** Of the refusal of a creation that a look at the backend has to bear out. */
const checked = { ...answered, 'write-answered: gone': 'read', 'write-answered: verdict': 'read' } as const

const safe: Record<LaneState, Row> = {
  ...alike,
  paused: { ...always('later'), ...unanswered, ...reads('send', taken, 'send', 'later', 'later') },
  doubted: { ...always('read'), ...unanswered, ...reads(refused, taken, refused, refused, refused) },
  'under-way': {
    ...checked,
    ...unanswered,
    looked: 'read',
    'not-sent': 'send',
    ...reads('send', taken, 'send', 'send', 'send'),
  },
  abandoned: { ...always('later'), ...checked, ...unanswered, 'not-sent': 'send' },
  unknown: { ...always('read'), ...unanswered, ...reads('send', taken, 'send', 'send', 'send') },
  owing: { ...owing, ...reads('none', 'send', 'none', 'none', 'none') },
  queued: { ...always('send'), ...unanswered, ...reads('send', taken, 'send', 'send', 'send') },
}

/** Nothing lies under an id that the backend does not know: a read by the id shows nothing. */
const unread = reads('send', 'send', 'send', 'send', 'send')

const byKey: Record<LaneState, Row> = {
  ...safe,
  paused: { ...always('later'), ...unanswered, ...reads('send', 'send', 'send', 'later', 'later') },
  doubted: { ...always(refused), ...unanswered, ...reads(refused, taken, refused, refused, refused) },
  'under-way': { ...answered, ...unanswered, looked: 'send', 'not-sent': 'send', ...unread },
  abandoned: { ...always('later'), ...answered, ...unanswered, 'not-sent': 'send' },
  unknown: { ...always('send'), ...unanswered },
  queued: { ...always('send'), ...unanswered },
}

const asked = 'asked, none'

/** A late copy of the request may still make a second record. */
const found = { 'read-answered: done': 'accepted, later', 'read-answered: verdict': asked } as const

const byFind: Record<LaneState, Row> = {
  ...byKey,
  doubted: safe.doubted,
  'under-way': { ...safe['under-way'], ...found },
  abandoned: safe.abandoned,
  unknown: { ...safe.unknown, ...found },
}

const never: Record<LaneState, Row> = {
  ...byKey,
  'under-way': {
    ...answered,
    ...unanswered,
    looked: asked,
    'not-sent': 'send',
    ...reads(asked, taken, asked, asked, asked),
  },
  unknown: { ...always(asked), ...unanswered, 'read-answered: done': taken },
}

/** A write's answer that is not of the lane's open request counts as a look. */
const table: Record<Kind, Record<LaneState, Row>> = {
  update,
  delete: deletion,
  'create, safe': safe,
  'create, by-key': byKey,
  'create, by-find': byFind,
  'create, never': never,
}
const kinds = Object.keys(table) as Kind[]
const states = Object.keys(update) as LaneState[]
const happenings = Object.keys(always('none')) as Happening[]

describe.each(kinds)('%s:', (kind) => {
  const lanes = lanesOf(kind)
  const known = contextOf(kind)

  describe.each(states)('a lane that is %s', (state) => {
    const given = lanes[state]

    it('is told by its row', () => expect(laneState(given, known)).toBe(state))

    it.each(happenings)('and has %s', (happening) => {
      expect(summaryOf(decide(given, eventOf(kind, happening, given), known))).toBe(table[kind][state][happening])
    })

    it('begins nothing without a session (G9)', () => {
      const { change, next } = decide(given, { event: 'looked' }, { ...known, sessionId: undefined })
      expect([change, next.step]).toEqual([undefined, state === 'held' ? 'held' : 'none'])
    })
  })
})

it('is what ARCHITECTURE.md shows', () => {
  const shown = new Map(
    [...readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/^\| `([a-z-]+)`(?:, ([a-z, -]+))? \| (.*) \|$/gm)].map(
      ([, state, kind = 'update', cells]) => [`${state}, ${kind}`, cells!.split(' | ')],
    ),
  )
  const cellsOf = (kind: Kind, state: LaneState): string[] => happenings.map((one) => table[kind][state][one])
  for (const state of states)
    for (const kind of kinds) {
      // Only the rows that differ from that of an update are there.
      const isLike = kind !== 'update' && String(cellsOf(kind, state)) === String(cellsOf('update', state))
      expect(shown.get(`${state}, ${kind}`), `${state}, ${kind}`).toEqual(isLike ? undefined : cellsOf(kind, state))
    }
})
