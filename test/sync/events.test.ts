/* The table of ARCHITECTURE.md: each event of the sender, and its change in each owner. The compiler finds a missing cell. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../src/endpoint/endpoint.js'
import { InvariantError } from '../../src/model/assert.js'
import type { TraceEvent } from '../../src/model/events.js'
import type { SenderState } from '../../src/model/sender-state.js'
import type { Database } from '../../src/store/database.js'
import type { Attempt, Wait } from '../../src/store/rows.js'
import { createAgenda } from '../../src/sync/agenda.js'
import { createAlarm } from '../../src/sync/alarm.js'
import { createEvents } from '../../src/sync/events.js'
import { createGate } from '../../src/sync/gate.js'
import type { Lease } from '../../src/sync/lease.js'
import { createLookout } from '../../src/sync/lookout.js'
import { createNetwork } from '../../src/sync/network.js'
import { createNews } from '../../src/sync/news.js'
import { createPacing } from '../../src/sync/pacing.js'
import { createRequests } from '../../src/sync/requests.js'
import type { SenderParts } from '../../src/sync/sender-parts.js'
import { createDecisions, type Decided } from '../../src/sync/write-decisions.js'
import { turns } from '../support/fake-clock.js'
import { fakePlatform } from '../support/fake-platform.js'
import { fail, me } from './sender-world.js'
import { updating } from '../support/updating.js'

const lane = (id: string) => ({ account: 'me', collection: 'users', id })
const refused: Wait = { failure: { kind: 'unreachable', message: '' }, failures: 1, ordered: false, dueAtMs: 0 }
const soonMs = 3_000

/** A read that is decided for a lane. */
const decidedRead = (id: string, atMs: number): Decided => ({
  key: lane(id),
  plan: { next: { step: 'read', rev: 0, verifies: false } },
  session: me,
  decidedAtMs: atMs,
  broken: undefined,
})

/** Round 1 is over; lane `a` is asking, `b` is ready, `c` is deciding; something is due soon. */
async function start() {
  const platform = fakePlatform()
  const nowMs = platform.clock.now()
  const replies: ((reply: Reply) => void)[] = []
  const states: SenderState[] = []
  const traced: TraceEvent[] = []
  const troubles: unknown[] = []
  const page = { lanes: [lane('d')], owing: [{ ...lane('e'), dueAtMs: nowMs + 9_000 }], isEmpty: false }
  const parts: SenderParts = {
    db: { read: () => Promise.resolve({ state: { session: me }, ...page }) } as unknown as Database,
    endpointOf: () =>
      updating({
        backend: { id: 'backend', database: 'holdfast' },
        update: () => Promise.reject(new Error('nothing is written here')),
        read: () => new Promise((resolve) => void replies.push(resolve)),
      }),
    platform: { ...platform, connectivity: createNetwork(platform.connectivity) },
    options: { conflicts: 'compare', freshForMs: 60_000, requestTimeoutMs: 30_000, concurrency: 1 },
    createLease: () => lease,
    credentialsOf: () => ({}),
    descriptionOf: () => undefined,
    onReply() {},
    onState: (state) => states.push(state),
    onTrace: (event) => traced.push(event),
    onError: (error) => troubles.push(error),
  }
  const lease: Lease = {
    epoch: 1,
    holder: 'this',
    isHidden: false,
    isWaiting: false,
    isOurs: true,
    acquire: () => Promise.resolve(true),
    forget() {},
    release: () => Promise.resolve(),
    drop() {},
    setHidden() {},
    close() {},
  }
  const agenda = createAgenda()
  const alarm = createAlarm(platform.clock)
  const gate = createGate()
  const news = createNews(parts)
  const pacing = createPacing(parts.platform, 1)
  const reads = {
    of: () => undefined,
    readWith: (_1: unknown, _2: unknown, _3: unknown, read: () => Promise<Reply>) => read(),
  }
  const looking = { agenda, alarm, gate, news, pacing }
  const lookout = createLookout(
    parts,
    looking,
    reads,
    () => false,
    () => true,
  )
  const requests = createRequests(parts, reads)
  const decisions = createDecisions(parts, lease, requests, lookout.contextOf)
  const owners = { agenda, alarm, decisions, gate, lease, news, pacing, requests }
  const events = createEvents(parts, owners, lookout, () => {})

  lookout.lookAgain()
  agenda.page(1, [lane('a'), lane('b'), lane('c')], [])
  for (let at = 0; at < 3; at++) agenda.take()
  agenda.page(1, [], [])
  gate.look({ session: me }, { nowMs, chance: () => 0, online: true, hasWork: true, hasToken: true, probe: undefined })
  events.written({ decided: [decidedRead('a', nowMs), decidedRead('b', nowMs)], isNew: false, term: requests.term })
  events.dispatch()
  alarm.due(nowMs + soonMs)
  const { term } = requests
  return {
    ...owners,
    parts,
    events,
    lookout,
    traced,
    troubles,
    nowMs,
    async answer(reply: Reply) {
      replies.shift()!(reply)
      await turns(5)
    },
    now() {
      events.report()
      const { sending, failure, hold } = states.at(-1)!
      const ready = requests.take(9)
      return {
        agenda: { round: agenda.round, isOver: agenda.isOver, inWork: agenda.inWork, found: agenda.found },
        requests: {
          isTermOver: term.aborted,
          underWay: requests.underWay,
          ready: ready && (requests.isFresh(ready) ? 'fresh' : 'doubted'),
        },
        gate: { isShut: gate.isShut, isOpen: gate.isOpen, ends: gate.endsOf(refused), tryAtMs: gate.tryAtMs },
        alarm: alarm.atMs === undefined ? 'empty' : alarm.atMs - nowMs,
        news: { sending, othersSend: news.othersSend, failure: failure?.kind, hold: hold?.reason },
      }
    },
  }
}

type Setting = Awaited<ReturnType<typeof start>>
type Snapshot = ReturnType<Setting['now']>
type Cells = { [owner in keyof Snapshot]: Partial<Snapshot[owner]> | 'same' }

const roundBegins = { round: 2, isOver: false }
const allIsGivenUp = { agenda: { ...roundBegins, inWork: 0 }, alarm: 'empty' } as const
const termEnds = { isTermOver: true, underWay: 0, ready: undefined }
const all = { agenda: 'same', requests: 'same', gate: 'same', alarm: 'same', news: 'same' } as const

type Name =
  | 'woken: saved'
  | 'woken: saved, and nobody else sends'
  | 'woken: online'
  | 'queue-read'
  | 'queue-read: empty'
  | 'written'
  | 'written: with a new lease'
  | 'answered: properly'
  | 'answered: with trouble'
  | 'answered: properly, after trouble'
  | 'deposed'
  | 'lost'
  | 'frozen'
  | 'storage-failed'
  | 'others-said'
  | 'closed'

const table: { [name in Name]: { happens(at: Setting): void | Promise<void>; leaves: Cells } } = {
  'woken: saved': {
    happens: ({ events }) => events.woken('saved', undefined),
    leaves: { ...all, agenda: roundBegins, alarm: 'empty' },
  },
  'woken: saved, and nobody else sends': {
    happens: ({ events }) => events.woken('saved', lane('f')),
    leaves: { ...all, agenda: { found: 1 } },
  },
  'woken: online': {
    happens: ({ events }) => events.woken('online', undefined),
    leaves: { ...all, agenda: roundBegins, gate: { ends: ['network'], tryAtMs: 0 }, alarm: 'empty' },
  },
  'queue-read': {
    async happens({ lookout }) {
      lookout.lookAgain()
      await lookout.look()
    },
    leaves: { ...all, agenda: { ...roundBegins, found: 1 }, alarm: 9_000 },
  },
  'queue-read: empty': {
    happens({ agenda, lookout }) {
      lookout.lookAgain()
      agenda.page(2, [], [])
    },
    leaves: { ...all, agenda: { round: 2, isOver: true }, alarm: 'empty' },
  },
  written: {
    happens({ events, requests, nowMs }) {
      const later = { step: 'later', dueAtMs: nowMs + 1_000 } as const
      events.written({
        decided: [{ ...decidedRead('c', nowMs), plan: { next: later } }],
        isNew: false,
        term: requests.term,
      })
    },
    leaves: { ...all, agenda: { inWork: 2 }, alarm: 1_000 },
  },
  'written: with a new lease': {
    happens({ events, requests, nowMs, news }) {
      news.others(true)
      const held = { step: 'held', reason: 'reload' } as const
      events.written({
        decided: [{ ...decidedRead('c', nowMs), plan: { next: held } }],
        isNew: true,
        term: requests.term,
      })
    },
    leaves: { ...all, agenda: { ...roundBegins, inWork: 2 }, alarm: 'empty', news: { hold: 'reload' } },
  },
  'answered: properly': {
    happens: ({ answer }) => answer({ ok: true, record: {} }),
    // The next one that was ready has left.
    leaves: { ...all, requests: { ready: undefined } },
  },
  'answered: with trouble': {
    happens: ({ answer }) => answer(fail('unreachable')),
    // The one that was ready is doubted, and decided again.
    leaves: { ...all, requests: { underWay: 0, ready: undefined }, news: { sending: false, failure: 'unreachable' } },
  },
  'answered: properly, after trouble': {
    async happens({ pacing, answer }) {
      for (const id of ['x', 'y']) pacing.note(lane(id), fail('server'))
      await answer({ ok: true, record: {} })
    },
    leaves: { ...all, agenda: roundBegins, requests: { ready: undefined }, alarm: 'empty' },
  },
  deposed: {
    happens: ({ events }) => events.deposed(),
    leaves: { ...all, ...allIsGivenUp, requests: termEnds, news: { othersSend: true } },
  },
  lost: {
    happens: ({ events }) => events.lost(),
    leaves: { ...all, ...allIsGivenUp, requests: termEnds, news: { sending: false } },
  },
  frozen: {
    happens: ({ events }) => events.frozen(),
    leaves: {
      ...all,
      ...allIsGivenUp,
      requests: termEnds,
      gate: { isShut: true, isOpen: false },
      news: { sending: false },
    },
  },
  'storage-failed': {
    happens({ events, troubles }) {
      const error = new Error('full')
      expect(events.failed(error)).toBeGreaterThanOrEqual(1_000)
      expect(troubles).toEqual([error])
    },
    leaves: all,
  },
  'others-said': {
    happens({ events }) {
      const failure = { kind: 'busy', message: '' } as const
      events.onRemoteState({ sending: true, lastReplyAtMs: undefined, failure })
    },
    leaves: { ...all, news: { othersSend: true, failure: 'busy' } },
  },
  closed: {
    happens({ gate, requests }) {
      gate.shut('closed')
      requests.end()
    },
    leaves: { ...all, requests: termEnds, gate: { isShut: true, isOpen: false }, news: { sending: false } },
  },
}

describe('an event', () => {
  const names = Object.keys(table) as Name[]
  it.each(names)('changes its cells, and leaves the others: %s', async (name) => {
    const { happens, leaves } = table[name]
    const before = (await start()).now()
    const at = await start()
    await happens(at)
    const wanted = Object.entries(before).map(([owner, was]) => {
      const cell = leaves[owner as keyof Cells]
      if (cell === 'same') return [owner, was]
      return [owner, typeof cell === 'object' ? { ...(was as object), ...cell } : cell]
    })
    expect(at.now()).toEqual(Object.fromEntries(wanted))
  })
})

describe('the table of ARCHITECTURE.md', () => {
  const owners = ['agenda', 'requests', 'gate', 'alarm', 'news'] as const
  const document = readFileSync('ARCHITECTURE.md', 'utf8')
  const lines = document
    .split('| event | agenda | requests | gate | alarm | news |\n')[1]!
    .split('\n\n')[0]!
    .split('\n')
  const shown = lines.slice(1).map((line) => line.slice(2, -2).split(' | '))
  const events = shown.map(([event]) => event!.split(/[ ,]/)[0]!)
  const eventOf = (name: string): string => name.split(': ')[0]!

  it('has these events', () => {
    expect(events).toEqual([...new Set(Object.keys(table).map(eventOf))])
  })

  it('says – only of an owner that the event leaves as it was', () => {
    const hidden = Object.entries(table).flatMap(([name, { leaves }]) => {
      const cells = shown[events.indexOf(eventOf(name))]!.slice(1)
      expect(cells, name).toHaveLength(owners.length)
      return owners.filter((owner, at) => cells[at] === '–' && leaves[owner] !== 'same').map((owner) => [name, owner])
    })
    expect(hidden).toEqual([])
  })
})

describe('a term that ends in the turn of its own news', () => {
  it('has nothing of what was written for it ready, and no lane is held', async () => {
    const { events, agenda, requests, traced, nowMs } = await start()
    const { term } = requests
    events.lost()
    events.written({ decided: [decidedRead('c', nowMs)], isNew: true, term })
    expect([agenda.inWork, requests.take(9), traced.map(({ type }) => type)]).toEqual([0, undefined, []])
  })

  it.each(Array.from({ length: 24 }, (_, index) => index))('takes no answer, %i microtasks on', async (count) => {
    const at = await start()
    const answered = at.answer(fail('unreachable'))
    for (let passed = 0; passed < count; passed++) await Promise.resolve()
    at.events.lost()
    await answered
    expect(at.traced.filter(({ type }) => type === 'broken')).toEqual([])
  })
})

describe('an error while an answer is heard', () => {
  it('of the lesson: is told, and the answer is decided all the same', async () => {
    const at = await start()
    const { term } = at.requests
    at.parts.onReply = () => {
      throw new RangeError('Ann')
    }
    for (const _lane of ['a', 'b']) await at.answer({ ok: true, record: {} })
    const { sessionId } = me
    const attempt: Attempt = {
      editIds: ['c1'],
      patch: {},
      key: 'c1',
      tries: 1,
      unknown: false,
      open: true,
      sessionId,
      epoch: 1,
      atMs: at.nowMs,
    }
    const plan = { next: { step: 'send', attempt } } as const
    at.events.written({ decided: [{ ...decidedRead('c', at.nowMs), plan }], isNew: false, term })
    at.events.dispatch()
    await turns(5)
    const key = { collection: 'users', id: 'c' }
    expect(at.traced).toContainEqual({ type: 'broken', invariant: 'none', about: 'RangeError', key, atMs: at.nowMs })
    expect([term.aborted, at.decisions.concluding, at.agenda.isHeld(lane('c'))]).toEqual([false, 3, false])
  })

  it('of the sender: ends its term, holds that lane, and nothing is left unhandled', async () => {
    const at = await start()
    const { term } = at.requests
    at.lookout.readAnswered = () => {
      throw new TypeError('Ann')
    }
    await at.answer({ ok: true, record: {} })
    expect(at.traced.at(-1)).toMatchObject({ type: 'broken', invariant: 'none', about: 'TypeError' })
    expect([term.aborted, at.agenda.inWork, at.decisions.open]).toEqual([true, 0, 0])
    expect([at.agenda.isHeld(lane('a')), at.agenda.isHeld(lane('b'))]).toEqual([true, false])
  })
})

describe('an invariant that does not hold', () => {
  it('for a lane: holds that lane, tells of it, and goes on', async () => {
    const { events, agenda, traced, requests, nowMs } = await start()
    const { term } = requests
    const broken = new InvariantError('L1', 'again')
    const plan = { next: { step: 'held', reason: 'damaged' } } as const
    events.written({
      decided: [{ ...decidedRead('c', nowMs), plan, broken: { error: broken } }],
      isNew: false,
      term: requests.term,
    })
    expect(traced).toContainEqual({
      type: 'broken',
      invariant: 'L1',
      about: 'again',
      key: { collection: 'users', id: 'c' },
      atMs: nowMs,
    })
    expect([term.aborted, agenda.inWork]).toEqual([false, 2])
    agenda.begin()
    agenda.page(2, [lane('c'), lane('d')], [])
    expect([agenda.take(), agenda.take()]).toEqual([lane('d'), undefined])
  })

  it.each([
    [new TypeError('Ann'), 'TypeError'],
    [undefined, 'undefined'],
    [null, 'undefined'],
    ['', 'undefined'],
  ])(
    'for a lane, and so anything else that its decision throws: the same, with its name alone: %s',
    async (error, about) => {
      const { events, agenda, traced, requests, nowMs } = await start()
      const plan = { next: { step: 'held', reason: 'damaged' } } as const
      events.written({
        decided: [{ ...decidedRead('c', nowMs), plan, broken: { error } }],
        isNew: false,
        term: requests.term,
      })
      const key = { collection: 'users', id: 'c' }
      expect(traced).toContainEqual({ type: 'broken', invariant: 'none', about, key, atMs: nowMs })
      agenda.begin()
      agenda.page(2, [lane('c'), lane('d')], [])
      expect([agenda.take(), agenda.take()]).toEqual([lane('d'), undefined])
    },
  )

  it('of the sender: ends its term, so that all is read again, and pauses', async () => {
    const { events, agenda, traced, requests, troubles, nowMs } = await start()
    const { term } = requests
    expect(events.failed(new InvariantError('S4', 'page'))).toBeGreaterThanOrEqual(1_000)
    expect(traced.at(-1)).toEqual({ type: 'broken', invariant: 'S4', about: 'page', key: undefined, atMs: nowMs })
    expect([term.aborted, agenda.inWork, agenda.isOver, troubles]).toEqual([true, 0, false, []])
  })

  it('of the sender, found by an answer: the same, and nothing is left unhandled', async () => {
    const at = await start()
    const { term } = at.requests
    at.agenda.move(lane('a'), 'asking', undefined)
    await at.answer({ ok: true, record: {} })
    expect(at.traced.at(-1)).toMatchObject({ type: 'broken', invariant: 'S1' })
    expect([term.aborted, at.decisions.open]).toEqual([true, 0])
  })
})
