/* The states of a lane by what can happen to it, with no cell left out (R2, R3, R15, G9). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/endpoint/endpoint.js'
import type { Failure, FailureClass } from '../../../src/model/failure.js'
import { laneName } from '../../../src/model/record.js'
import type { RecordRow, StoredLane } from '../../../src/store/rows.js'
import type { LaneEvent } from '../../../src/sync/lane/conclude.js'
import { decide } from '../../../src/sync/lane/decide.js'
import type { Plan, Step } from '../../../src/sync/lane/decision.js'
import { type LaneState, laneState } from '../../../src/sync/lane/state.js'
import { makeEdit } from '../../model/make-edit.js'
import { attempt, context, lane, nowMs } from './given.js'

type Answer = 'proper' | FailureClass
/** Each event, and each class of answers of those that bring one. */
type Happening = LaneEvent extends infer E
  ? E extends { event: infer Name extends string; reply: Reply }
    ? `${Name}: ${Answer}`
    : E extends { event: infer Name extends string }
      ? Name
      : never
  : never
/** How the lane's edit ended, if it did; then what is next. */
type Expected = Step['step'] | `${'accepted' | 'rejected'}, ${Step['step']}`

const refusal: Failure = { kind: 'conflict', message: 'Taken' }
const aged = (row: Partial<RecordRow>, more: Partial<StoredLane> = {}): StoredLane => ({
  ...lane({ baseAtMs: nowMs - 90_000, ...row }),
  ...more,
})

const lanes: Record<LaneState, StoredLane> = {
  held: aged({ v: 2, attempt }, { held: 'reload' }),
  resting: aged({}, { edits: [] }),
  paused: aged({ dueAtMs: nowMs + 5_000 }),
  undecided: aged({ attempt: { ...attempt, op: 'create', open: false, unknown: true }, unknownFault: 'f0' }),
  doubted: aged({ attempt: { ...attempt, open: false, refusal } }),
  'under-way': aged({ attempt }),
  abandoned: aged({ attempt: { ...attempt, epoch: 1 } }),
  unknown: aged({ attempt: { ...attempt, open: false, unknown: true } }),
  owing: aged({ lookBacks: [{ older: { a: 1 }, newer: { a: 0 }, dueAtMs: nowMs, resent: 0 }] }, { edits: [] }),
  dependent: aged(
    {},
    {
      edits: [makeEdit('e-1', { a: 1 }, { ancestors: { a: 0 }, awaits: [{ collection: 'notes', id: 'n1', seq: 5 }] })],
      others: new Map([
        [laneName({ account: 'me', collection: 'notes', id: 'n1' }), { isCreating: false, base: {}, seqs: [5] }],
      ]),
    },
  ),
  queued: aged({}),
}

const failures: Record<FailureClass, Failure> = {
  verdict: { kind: 'validation', message: 'Too long' },
  hold: { kind: 'auth', message: 'Expired' },
  wait: { kind: 'server', message: 'Down' },
}

/** The answer, and a proper one of a read that shows what was there before; of a write, what was sent. */
function eventOf(happening: Happening, { row }: StoredLane): LaneEvent {
  const sent = row.attempt ?? attempt
  const [event, answer] = happening.split(': ') as [LaneEvent['event'], Answer]
  const reply = (record: Record<string, number>): Reply =>
    answer === 'proper' ? { ok: true, record } : { ok: false, failure: failures[answer] }
  switch (event) {
    case 'looked':
      return { event }
    case 'not-sent':
      return { event, attempt: sent }
    case 'write-answered':
      return { event, attempt: sent, reply: reply({ a: 1 }) }
    case 'read-answered':
      return { event, reply: reply({ a: 0 }), rev: row.rev, atMs: nowMs - 10, sessionId: 's1' }
  }
}

function summaryOf({ change, next }: Plan): string {
  return [...(change?.settled ?? []).map(({ outcome }) => outcome), next.step].join(', ')
}
const always = (expected: Expected): Record<Happening, Expected> => ({
  looked: expected,
  'not-sent': expected,
  'write-answered: proper': expected,
  'write-answered: verdict': expected,
  'write-answered: hold': expected,
  'write-answered: wait': expected,
  'read-answered: proper': expected,
  'read-answered: verdict': expected,
  'read-answered: hold': expected,
  'read-answered: wait': expected,
})
/** An answer without a verdict makes every lane that asked wait. */
const unanswered = { 'read-answered: hold': 'none', 'read-answered: wait': 'later' } as const
/** The answers to its own request. */
const answered = {
  'write-answered: proper': 'accepted, none',
  'write-answered: verdict': 'rejected, none',
  'write-answered: hold': 'none',
  'write-answered: wait': 'later',
} as const

/** A write's answer that is not of the lane's open request counts as a look. */
const table: Record<LaneState, Record<Happening, Expected>> = {
  held: always('held'),
  resting: { ...always('none'), ...unanswered },
  paused: { ...always('later'), ...unanswered, 'read-answered: proper': 'send' },
  undecided: { ...always('none'), ...unanswered },
  doubted: {
    ...always('read'),
    ...unanswered,
    'read-answered: proper': 'rejected, none',
    'read-answered: verdict': 'rejected, none',
  },
  'under-way': {
    ...answered,
    ...unanswered,
    looked: 'read',
    'not-sent': 'read',
    'read-answered: proper': 'send',
    'read-answered: verdict': 'send',
  },
  abandoned: { ...always('later'), ...answered, ...unanswered, 'not-sent': 'read' },
  unknown: {
    ...always('read'),
    ...unanswered,
    'read-answered: proper': 'send',
    'read-answered: verdict': 'send',
  },
  owing: {
    ...always('read'),
    ...unanswered,
    'read-answered: proper': 'none',
    'read-answered: verdict': 'none',
  },
  dependent: { ...always('none'), ...unanswered },
  queued: {
    ...always('read'),
    ...unanswered,
    'read-answered: proper': 'send',
    'read-answered: verdict': 'send',
  },
}
const states = Object.keys(table) as LaneState[]
const happenings = Object.keys(always('none')) as Happening[]

describe.each(states)('a lane that is %s', (state) => {
  const given = lanes[state]

  it('is told by its row', () => expect(laneState(given, context)).toBe(state))

  it.each(happenings)('and has %s', (happening) => {
    expect(summaryOf(decide(given, eventOf(happening, given), context))).toBe(table[state][happening])
  })

  it('begins nothing without a session (G9)', () => {
    const { change, next } = decide(given, { event: 'looked' }, { ...context, sessionId: undefined })
    expect([change, next.step]).toEqual([undefined, state === 'held' ? 'held' : 'none'])
  })
})

it('is what ARCHITECTURE.md shows', () => {
  const shown = new Map(
    [...readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map(([, state, cells]) => [
      state,
      cells!.split(' | '),
    ]),
  )
  for (const state of states) expect(shown.get(state), state).toEqual(happenings.map((one) => table[state][one]))
})
