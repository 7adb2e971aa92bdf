import { describe, expect, it } from 'vitest'
import type { Reply } from '../../src/endpoint/endpoint.js'
import { FaultError } from '../../src/model/errors.js'
import type { Failure } from '../../src/model/failure.js'
import type { Json } from '../../src/model/record.js'
import { readSnapshot } from '../../src/store/read-snapshot.js'
import type { Wait } from '../../src/store/rows.js'
import { endSession } from '../../src/store/sessions.js'
import { workLanes } from '../../src/store/settlements.js'
import { turns } from '../support/fake-clock.js'
import { type Call, type SenderWorld, senderWorld, fail, me } from './sender-world.js'

const second = 1_000
const minute = 60 * second

/** The test answers the requests of `world` by hand. */
function byHand(world: SenderWorld) {
  const waiting: { call: Call; reply(reply: Reply): void }[] = []
  const answer = (call: Call) => new Promise<Reply>((resolve) => void waiting.push({ call, reply: resolve }))
  world.answer = answer
  return {
    answer,
    /** Wakes the sender, and waits until so many requests are under way. */
    async send(count = 1) {
      world.sender.wake('saved')
      await world.until(() => waiting.length === count)
    },
    waiting,
    /** Answers the request for this record, the oldest first. */
    reply(id: string, reply?: Reply) {
      const index = waiting.findIndex(({ call }) => call.id === id)
      expect(index, `a request for ${id} is under way`).toBeGreaterThanOrEqual(0)
      const [{ call, reply: give }] = waiting.splice(index, 1) as [(typeof waiting)[0]]
      give(reply ?? call.store())
    },
  }
}

/** The sender's requests to the database from now on until its next request leaves. */
function transactionsBeforeRequest(world: SenderWorld): string[] {
  const { db, calls } = world
  const { read, write } = db
  const sent = calls.length
  const transactions: string[] = []
  const note = (kind: string): void => void (calls.length === sent && transactions.push(kind))
  db.read = (body) => (note('read'), read(body))
  db.write = (body, kind) => (note('write'), write(body, kind))
  return transactions
}

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `u${index.toString().padStart(4, '0')}`)
}

describe('the sender', () => {
  it('starts nothing by itself (S8), and sleeps without a timer when nothing is pending (G14)', async () => {
    const world = await senderWorld()
    await world.rest()
    expect(world.states).toEqual([])

    await world.wake('start')
    expect(world.calls).toEqual([])
    expect(world.platform.clock.sleeping).toBe(0)
  })

  it('reads, sends and settles, and is quiet then', async () => {
    const world = await senderWorld()
    const edit = await world.save('u1', { a: 1 })
    await world.wake()

    expect(world.calls.map(({ kind, patch, token }) => [kind, patch, token])).toEqual([
      ['read', {}, 't1'],
      ['update', { a: 1 }, 't1'],
    ])
    expect(await world.fate(edit)).toBe('accepted')
    expect(world.records.get('u1')).toEqual({ a: 1 })
    expect(world.platform.clock.sleeping).toBe(0)
    expect(world.states.at(-1)).toMatchObject({ sending: false })
  })

  it('drains 1,000 lanes, at most six at a time and one request per record', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    await world.saveAll(ids(1_000), { a: 1 })
    await world.sender.flush()

    expect(world.records.size).toBe(1_000)
    expect(world.calls).toHaveLength(1_000)
    expect(world.most).toEqual({ all: 6, record: 1 })
    expect(world.platform.clock.sleeping).toBe(0)
  }, 30_000)

  it('takes up edits that are saved while their lane is sending', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const hand = byHand(world)
    await world.save('u1', { a: 1 })
    await hand.send()
    const later = await world.save('u1', { a: 2 })
    await world.wake()
    expect(hand.waiting).toHaveLength(1)

    hand.reply('u1')
    await world.until(() => hand.waiting.length === 1)
    hand.reply('u1')
    await world.rest()
    expect(await world.fate(later)).toBe('accepted')
    expect(world.most.record).toBe(1)
  })

  it('claims the right to send together with the first attempts, after one look at the queue', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    await world.saveAll(ids(3), { a: 1 })
    const transactions = transactionsBeforeRequest(world)
    world.sender.wake('start')
    await world.until(() => world.calls.length > 0)
    await world.rest()
    expect(transactions).toEqual(['read', 'write'])
    expect(world.records.size).toBe(3)
  })

  it('plans a lane that was just saved without a look at the queue, once all else was looked at', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    await world.save('u1', { a: 1 })
    await world.wake()
    await world.save('u1', { a: 2 })
    const transactions = transactionsBeforeRequest(world)
    world.sender.wake('saved', { account: 'me', collection: 'users', id: 'u1' })
    await world.until(() => world.calls.length > 1)
    await world.rest()
    expect(transactions).toEqual(['write'])
    expect(world.records.get('u1')).toEqual({ a: 2 })
  })

  it('loses no wake-up that comes during a look (S6)', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    await world.save('u5', { a: 1 })
    const { read } = world.db
    world.db.read = async (body) => {
      world.db.read = read
      const page = await read(body)
      await world.save('u1', { a: 1 })
      world.sender.wake('saved')
      return page
    }
    await world.wake()
    expect([...world.records.keys()].sort()).toEqual(['u1', 'u5'])
  })

  it('keeps no due time of an older round, and forgets none: each lane says it again (S7)', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const paused = await world.save('u1', { a: 1 })
    world.answer = (call) => (call.id === 'u1' ? fail('server') : call.store())
    await world.wake()
    const { nextAttemptAtMs } = world.states.at(-1)!
    expect(nextAttemptAtMs).toBeGreaterThan(world.platform.clock.now())
    await world.save('u2', { a: 1 })
    await world.wake()
    expect([world.states.at(-1)!.nextAttemptAtMs, world.platform.clock.sleeping]).toEqual([nextAttemptAtMs, 1])
    world.answer = (call) => call.store()
    await world.pass(5 * minute)
    expect(await world.fate(paused)).toBe('accepted')
    expect([world.states.at(-1)!.nextAttemptAtMs, world.platform.clock.sleeping]).toEqual([undefined, 0])
  })

  it('sends what another context saved between its look and its claim, and told nobody of', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const nowMs = world.platform.clock.now()
    const claim = { holder: 'other', nowMs, hidden: false, locked: true, lastSeenAtMs: nowMs, isMute: false }
    await workLanes(world.db, { jobs: [], right: { ...claim, releasedEpoch: undefined }, nowMs })
    let leave!: () => void
    const held = world.platform.locks!.hold('holdfast:lease', new AbortController().signal, () => {
      return new Promise<void>((resolve) => (leave = resolve))
    })
    await world.save('u5', { a: 1 })
    world.sender.wake('saved')
    await turns(20)
    expect(world.calls).toEqual([])
    await world.save('u1', { a: 1 })
    leave()
    await held
    await world.until(() => world.records.size === 2)
    expect(world.calls.map(({ id }) => id)).toEqual(['u5', 'u1'])
  })

  it('never lets the trouble of one record stop another (G4)', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const poison = await world.save('u1', { a: 1 })
    const fine = await world.save('u2', { a: 1 })
    world.answer = (call) => (call.id === 'u1' ? fail('server') : call.store())
    await world.wake()
    expect([await world.fate(poison), await world.fate(fine)]).toEqual(['pending', 'accepted'])

    // It waits by its own; a new edit elsewhere goes out at once, and shortens nothing.
    const sent = world.calls.length
    const other = await world.save('u3', { a: 1 })
    await world.wake()
    expect(await world.fate(other)).toBe('accepted')
    expect(world.calls.slice(sent).map(({ id }) => id)).toEqual(['u3'])
    expect(world.platform.clock.sleeping).toBe(1)
  })

  it('gives up a request that is not answered in time, and repeats it exactly (R2)', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    await world.save('u1', { a: 1 })
    let lost = true
    world.answer = (call) => (lost ? new Promise(() => {}) : call.store())
    world.sender.wake('saved')
    await world.until(() => world.calls.length === 1)
    await world.platform.clock.advance(30 * second)
    lost = false
    await world.save('u1', { b: 1 })
    await world.pass(5 * second)

    const [first, again, next] = world.calls
    expect(again).toMatchObject({ patch: first!.patch, key: first!.key })
    expect(next!.patch).toEqual({ b: 1 })
    expect(world.records.get('u1')).toEqual({ a: 1, b: 1 })
  })

  it('gives a slot back when an endpoint never answers, not even to being given up', async () => {
    const world = await senderWorld({
      conflicts: 'overwrite',
      concurrency: 1,
      endpoint: { update: ({ key, patch }) => (key.id === 'u1' ? new Promise(() => {}) : reply(patch)) },
    })
    const reply = (record: object): Promise<Reply> => Promise.resolve({ ok: true, record: { ...record } })
    const stuck = await world.save('u1', { a: 1 })
    const fine = await world.save('u2', { a: 1 })
    await world.wake()
    await world.pass(10 * minute)
    expect([await world.fate(stuck), await world.fate(fine)]).toEqual(['pending', 'accepted'])
  })
})

describe('waiting (R12)', () => {
  it('backs off for all lanes when the network is gone, and starts again with the first answer', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const [one, two] = [await world.save('u1', { a: 1 }), await world.save('u2', { a: 1 })]
    world.answer = () => fail('unreachable')
    await world.wake()
    expect(world.calls).toHaveLength(2)

    world.sender.wake('saved')
    await world.wake('due')
    expect(world.calls).toHaveLength(2)
    expect(world.platform.clock.sleeping).toBe(1)

    world.answer = (call) => call.store()
    await world.pass(5 * minute)
    expect([await world.fate(one), await world.fate(two)]).toEqual(['accepted', 'accepted'])
    expect(world.platform.clock.sleeping).toBe(0)
  })

  it.each(['online', 'visible'] as const)(
    'is ended by %s when the network was missing, not when the server was busy',
    async (reason) => {
      for (const [kind, calls] of [
        ['unreachable', 2],
        ['timeout', 2],
        ['busy', 1],
      ] as const) {
        const world = await senderWorld({ conflicts: 'overwrite' })
        await world.save('u1', { a: 1 })
        world.answer = (call) => (world.calls.length === 1 ? fail(kind) : call.store())
        await world.wake()
        await world.wake(reason)
        expect([kind, world.calls.length]).toEqual([kind, calls])
      }
    },
  )

  it('is ended by online also while a request of before hangs', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const hand = byHand(world)
    await world.save('u1', { a: 1 })
    await world.save('u2', { a: 1 })
    await hand.send(2)
    hand.reply('u1', fail('unreachable'))
    await world.rest()
    await world.wake('online')
    hand.reply('u2')
    await world.until(() => hand.waiting.some(({ call }) => call.id === 'u1'))
  })

  it('keeps the time that a server ordered, through every flush, save and answer', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const hand = byHand(world)
    for (const id of ['u1', 'u2', 'u3']) await world.save(id, { a: 1 })
    await hand.send(3)
    hand.reply('u1', fail('busy', { retryAfterMs: 10 * minute }))
    await world.rest()
    // Both left before the server asked for patience.
    hand.reply('u2')
    hand.reply('u3', fail('unreachable'))
    await world.rest()

    await world.sender.flush()
    world.sender.wake('online')
    world.sender.wake('saved')
    await world.pass(10 * minute - 1)
    expect(world.calls).toHaveLength(3)
    world.answer = (call) => call.store()
    await world.platform.clock.advance(1)
    await world.until(() => world.records.size === 3)
  })

  it('is no reason for a timer once nothing is pending any more: the edits were given up (G14)', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    world.answer = () => fail('busy', { retryAfterMs: 10 * minute })
    await world.save('u1', { a: 1 })
    await world.wake()
    expect(world.platform.clock.sleeping).toBe(1)
    await endSession(world.db, 'discard', 1)
    await world.login({ ...me, sessionId: 's2' })
    await world.wake('login')
    expect(world.states.at(-1)).toMatchObject({ nextAttemptAtMs: undefined })

    await world.pass(10 * minute)
    expect(world.platform.clock.sleeping).toBe(0)
    // The server's order stands all the same.
    world.answer = (call) => call.store()
  })

  it('takes an order that comes while it waits for something shorter', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const hand = byHand(world)
    for (const id of ['u1', 'u2']) await world.save(id, { a: 1 })
    await hand.send(2)
    hand.reply('u1', fail('unreachable'))
    await world.rest()
    hand.reply('u2', fail('busy', { retryAfterMs: 30 * minute }))
    await world.rest()
    await world.sender.flush()
    await world.pass(29 * minute)
    expect(world.calls).toHaveLength(2)
  })

  it('sends nothing that was prepared before the wait began', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const hand = byHand(world)
    await world.saveAll(ids(12), { a: 1 })
    await hand.send(6)
    await world.rest()
    for (const id of ids(6)) hand.reply(id, fail('busy', { retryAfterMs: 10 * minute }))
    await world.rest()

    expect(world.calls).toHaveLength(6)
    const { row } = await world.lane('u0009')
    expect(row.attempt).toBeUndefined()
    expect(row.tries).toBe(0)
  })

  it.each([
    ['visible', 'unreachable', 2],
    ['visible', 'timeout', 2],
    ['hidden', 'unreachable', 1],
    ['visible', 'busy', 1],
  ] as const)('at the start of a %s page after `%s`: requests in all: %s', async (page, kind, count) => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    world.answer = () => fail(kind, kind === 'busy' ? { retryAfterMs: minute } : {})
    await world.save('u1', { a: 1 })
    await world.wake()
    world.sender.setHidden(page === 'hidden')
    await world.wake('start')
    expect(world.calls).toHaveLength(count)
  })

  it('is not ended by the start of a page that the browser calls offline', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    world.answer = () => fail('unreachable')
    await world.save('u1', { a: 1 })
    await world.wake()
    world.platform.connectivity.set(false)
    await world.wake('start')
    expect(world.calls).toHaveLength(1)
  })

  it('goes on after a clock was set back', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    world.answer = () => fail('server')
    await world.save('u1', { a: 1 })
    await world.wake()
    world.platform.clock.jump(-24 * 60 * minute)
    world.answer = (call) => call.store()
    await world.wake('visible')
    expect(world.records.get('u1')).toEqual({ a: 1 })
  })

  it('tries one lane at a time, in turn, when the server fails for two, until it answers properly', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    await world.saveAll(ids(4), { a: 1 })
    const healthy = new Set<string>()
    world.answer = (call) => (healthy.has(call.id) ? call.store() : fail('server'))
    await world.wake()
    world.calls.length = world.most.all = 0

    for (let round = 0; round < 8; round++) {
      await world.pass(5 * minute)
    }
    expect(world.most.all).toBe(1)
    expect(new Set(world.calls.map(({ id }) => id))).toEqual(new Set(ids(4)))

    healthy.add('u0002')
    for (let round = 0; round < 5; round++) {
      await world.pass(5 * minute)
    }
    expect(world.records.get('u0002')).toEqual({ a: 1 })
  })

  it('stays awake to the others while the server fails for two of many', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const hand = byHand(world)
    await world.saveAll(ids(30), { a: 1 })
    await hand.send(6)
    hand.reply('u0000', fail('server'))
    hand.reply('u0001', fail('server'))
    // Turns of the event loop go on: nothing spins while four requests are out.
    await turns(20)
    world.sender.wake('saved')
    await turns(20)
    for (const id of ['u0002', 'u0003', 'u0004', 'u0005']) hand.reply(id)
    world.answer = (call) => call.store()
    await world.rest()
    await world.platform.clock.advance(10 * minute)
    await world.until(() => world.records.size === 30)
  })

  it('meets a lane that the server fails for once, when told to flush', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    await world.saveAll(ids(40), { a: 1 })
    const poison = new Set(['u0000', 'u0007'])
    world.answer = async (call) => {
      await turns(1)
      return poison.has(call.id) ? fail('server') : call.store()
    }
    await world.sender.flush()
    for (const id of poison) expect(world.calls.filter((call) => call.id === id).length).toBeLessThanOrEqual(2)
  })

  it('says when it will go on', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    world.answer = () => fail('busy', { retryAfterMs: minute })
    await world.save('u1', { a: 1 })
    await world.wake()
    expect(world.states.at(-1)).toMatchObject({
      nextAttemptAtMs: world.platform.clock.now() + minute,
      failure: { kind: 'busy' },
      sending: false,
    })
  })
})

describe('holding (G9)', () => {
  it('tries a refused configuration every 15 minutes, at a start and by flush, and rolls nothing back', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const edit = await world.save('u1', { a: 1 })
    world.answer = () => fail('configuration')
    await world.wake()
    expect(await sharedWait(world)).toMatchObject({ failure: { kind: 'configuration' } })

    world.sender.wake('saved')
    world.sender.wake('online')
    await world.pass(15 * minute - 1)
    expect(world.calls).toHaveLength(1)
    await world.pass(1)
    expect(world.calls).toHaveLength(2)
    await world.sender.flush()
    expect(world.calls).toHaveLength(3)
    expect((await world.lane('u1')).row.tries).toBe(0)

    world.answer = (call) => call.store()
    await world.wake('start')
    expect(await world.fate(edit)).toBe('accepted')
    expect(await sharedWait(world)).toBeUndefined()
  })

  it('does not wait longer for a configuration because the clock was set back', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    await world.save('u1', { a: 1 })
    world.answer = () => fail('configuration')
    await world.wake()
    world.platform.clock.jump(-24 * 60 * minute)
    world.answer = (call) => call.store()
    await world.wake()
    expect(world.records.size).toBe(1)
  })

  it('holds the account that the backend does not take, and goes on with a new login', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const edit = await world.save('u1', { a: 1 })
    await world.save('u2', { a: 1 })
    world.answer = (call) => (call.token === 't1' ? fail('auth') : call.store())
    await world.wake()
    expect(world.calls).toHaveLength(2)
    await world.sender.flush()
    await world.platform.clock.advance(60 * minute)
    expect(world.calls).toHaveLength(2)
    expect(world.platform.clock.sleeping).toBe(0)

    await world.login({ ...me, sessionId: 's2', token: 't2' })
    await world.wake('login')
    expect(await world.fate(edit)).toBe('accepted')
    expect(world.calls.slice(2).map(({ token }) => token)).toEqual(['t2', 't2'])
  })

  it("takes an older session's failure for what it is, and goes on with the newer one (R14)", async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const hand = byHand(world)
    const edit = await world.save('u1', { a: 1 })
    await hand.send()
    await world.login({ ...me, sessionId: 's2', token: 't2' })
    await world.wake('login')
    world.answer = (call) => call.store()
    hand.reply('u1', fail('auth'))
    await world.rest()
    expect(await world.fate(edit)).toBe('accepted')
    expect(world.calls.map(({ token }) => token)).toEqual(['t1', 't2'])
  })

  it('sends nothing for an account that has logged out, and writes the answers that come (G10)', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const hand = byHand(world)
    await world.saveAll(ids(12), { a: 1 })
    await hand.send(6)
    await world.login({ ...me, account: 'other', sessionId: 's2', token: 't2' })
    world.sender.wake('login')
    await world.platform.clock.advance(6 * second)
    for (const id of ids(6)) hand.reply(id)
    await world.rest()
    expect(world.calls).toHaveLength(6)

    await world.login({ ...me, sessionId: 's3', token: 't3' })
    world.answer = (call) => call.store()
    world.sender.wake('login')
    await world.until(() => world.records.size === 12)
    expect(world.calls).toHaveLength(12)
    expect(world.calls.slice(6).every(({ token }) => token === 't3')).toBe(true)
  })

  describe('while the browser says offline', () => {
    const offline = async (options: Parameters<typeof senderWorld>[0] = {}): Promise<SenderWorld> => {
      const world = await senderWorld({ conflicts: 'overwrite', ...options })
      world.platform.connectivity.set(false)
      return world
    }
    const noAnswer = (): Reply => fail('unreachable')
    /** A request was answered all the same. */
    const answered = async (): Promise<SenderWorld> => {
      const world = await offline()
      await world.save('u1', { a: 1 })
      world.sender.wake('saved')
      await world.platform.clock.advance(2 * second)
      await world.until(() => world.records.size === 1)
      await world.rest()
      return world
    }

    it('keeps no timer while nothing is pending (G14)', async () => {
      const world = await offline()
      for (const reason of ['start', 'saved', 'visible', 'due'] as const) world.sender.wake(reason)
      await world.sender.flush()
      await world.rest()
      expect(world.calls).toEqual([])
      expect(world.platform.clock.sleeping).toBe(0)
    })

    it('tries one request at a time, at the pace of the backoff, also after new saves', async () => {
      const world = await offline()
      world.answer = noAnswer
      await world.saveAll(ids(9), { a: 1 })
      await world.wake()
      expect(world.calls).toEqual([])
      await world.pass(2 * second)
      expect(world.calls).toHaveLength(1)
      for (let minutes = 0; minutes < 60; minutes++) {
        await world.save(`v${minutes}`, { a: 1 })
        world.sender.wake('saved')
        await world.pass(minute)
      }
      const pauses = world.calls.slice(1).map(({ atMs }, index) => atMs - world.calls[index]!.atMs)
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(second)
      expect(Math.max(...pauses)).toBeGreaterThan(minute)
      // From the fourth on, the longest pause is five minutes; by chance it is half of that.
      expect(world.calls.length).toBeLessThan(60)
      expect(world.calls.length).toBeGreaterThan(12)
      expect(world.most.all).toBe(1)
    })

    it('tries by a read where it can, so that no edit waits for the answer to another', async () => {
      for (const read of [undefined, false] as const) {
        const world = await offline(read === false ? { read } : {})
        world.answer = noAnswer
        await world.save('u1', { a: 1 })
        world.sender.wake('saved')
        await world.pass(2 * second)
        expect(world.calls.map(({ kind }) => kind)).toEqual([read === false ? 'update' : 'read'])
        expect((await world.lane('u1')).row.attempt?.unknown).toBe(read === false ? true : undefined)
      }
    })

    it('goes on, and ever faster, once a request is answered', async () => {
      const world = await offline()
      await world.saveAll(ids(30), { a: 1 })
      world.sender.wake('saved')
      await world.platform.clock.advance(2 * second)
      await world.until(() => world.records.size === 30)
      await world.rest()
      expect(world.states.at(-1)).toMatchObject({ sending: false, online: true })
      expect(world.most.all).toBe(6)
      // An edit is sent at once then.
      await world.save('u1', { b: 2 })
      world.sender.wake('saved')
      await world.until(() => world.records.get('u1')?.['b'] === 2)
      await world.rest()
      expect(world.platform.clock.sleeping).toBe(0)
    })

    it('takes the word of the browser again once a request is not answered', async () => {
      const world = await answered()
      world.answer = noAnswer
      await world.save('u1', { a: 2 })
      await world.wake()
      expect(world.states.at(-1)).toMatchObject({ sending: false, online: false })
    })

    it('is told anew: what was proven before counts no more', async () => {
      const world = await answered()
      const { length } = world.calls
      world.platform.connectivity.set(true)
      world.platform.connectivity.set(false)
      await world.save('u1', { a: 2 })
      await world.wake()
      expect(world.calls).toHaveLength(length)
      await world.platform.clock.advance(2 * second)
      await world.until(() => world.records.get('u1')?.['a'] === 2)
    })

    it('is tried once by a person, and goes on if that is answered', async () => {
      const world = await offline()
      world.answer = noAnswer
      await world.saveAll(ids(9), { a: 1 })
      world.sender.wake('saved')
      await world.sender.flush()
      expect(world.calls).toHaveLength(1)
      world.answer = (call) => call.store()
      await world.sender.flush()
      expect(world.records.size).toBe(9)
    })

    it('looks at the queue once before each try, and not for each edit', async () => {
      const world = await offline()
      const { clock } = world.platform
      world.answer = noAnswer
      for (let tries = 0; tries < 5; tries++) {
        await world.save('u1', { a: tries })
        await world.wake()
        const begun = world.storage.begun.length
        world.sender.wake('saved')
        await turns()
        expect(world.storage.begun.length).toBe(begun)
        await clock.advance(clock.nextDueAtMs! - clock.now())
        await world.rest()
        expect(world.calls).toHaveLength(tries + 1)
      }
    })

    it('is tried at once for who looks at the page, past the pause', async () => {
      const world = await offline()
      world.answer = noAnswer
      await world.save('u1', { a: 1 })
      world.sender.wake('saved')
      await world.pass(2 * second)
      expect(world.calls).toHaveLength(1)
      await world.wake('visible')
      expect(world.calls).toHaveLength(2)
    })

    it('sends at once when the browser says online', async () => {
      const world = await offline()
      await world.save('u1', { a: 1 })
      await world.wake()
      world.platform.connectivity.set(true)
      await world.rest()
      expect(world.records.size).toBe(1)
      expect(world.platform.clock.sleeping).toBe(0)
    })
  })
})

const sharedWait = async ({ db }: SenderWorld): Promise<Wait | undefined> =>
  (await readSnapshot(db, { records: [], fatesAfter: Infinity })).wait

it('shows what another tab tells, within limits, and goes on by its own', async () => {
  const world = await senderWorld({ conflicts: 'overwrite' })
  const nowMs = world.platform.clock.now()
  const failure = { kind: 'configuration', message: 'not so' } as const
  world.sender.onRemoteState({ sending: false, lastReplyAtMs: nowMs + minute, failure })
  expect(world.states.at(-1)).toMatchObject({ sending: false, lastReplyAtMs: nowMs, failure })
  await world.save('u1', { a: 1 })
  world.sender.wake('saved')
  await world.until(() => world.calls.length > 0)
  // While it sends it does not even show that.
  world.sender.onRemoteState({ sending: false, lastReplyAtMs: 1, failure })
  await world.rest()
  expect(world.records.get('u1')).toEqual({ a: 1 })
  expect(world.states.at(-1)).toMatchObject({ sending: false, lastReplyAtMs: nowMs, failure: undefined })
})

it('believes no other tab that it sends, once there is nothing to send: it may have crashed', async () => {
  const world = await senderWorld()
  world.sender.onRemoteState({ sending: true, lastReplyAtMs: undefined, failure: undefined })
  expect(world.states.at(-1)).toMatchObject({ sending: true })
  await world.rest()
  expect(world.states.at(-1)).toMatchObject({ sending: false })
})

describe('requests that were prepared too long ago (R2)', () => {
  it.each([
    ['an update', 'overwrite', 'update'],
    ['a read', 'compare', 'read'],
  ] as const)('is asked for again before it leaves, and not forgotten: %s', async (_what, conflicts, kind) => {
    const world = await senderWorld({ conflicts })
    const hand = byHand(world)
    await world.saveAll(ids(9), { a: 1 })
    await hand.send(6)
    await world.rest()
    await world.platform.clock.advance(6 * second)
    world.answer = (call) => call.store()
    for (const id of ids(6)) hand.reply(id)
    await world.until(() => world.records.size === 9)

    expect(world.calls.filter((call) => call.kind === kind)).toHaveLength(9)
    expect(world.most.record).toBe(1)
  })

  it.each([
    ['frozen for minutes', 5 * minute],
    ['on a clock that is set back', -5 * minute],
  ])('is asked for again when the page hears late that it was written: %s', async (_what, passMs) => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const { clock } = world.platform
    // The attempt is decided upon, and its transaction is not over yet.
    world.storage.refuses = (table) => {
      if (table !== 'records') return undefined
      world.storage.refuses = undefined
      clock.jump(passMs)
      return undefined
    }
    await world.save('u1', { a: 1 })
    world.sender.wake('saved')
    let attemptAtMs: number | undefined
    world.answer = async (call) => {
      attemptAtMs = (await world.lane('u1')).row.attempt?.atMs
      return call.store()
    }
    await world.until(() => world.records.size === 1)
    expect(attemptAtMs).toBe(clock.now())
  })

  it('is compared anew: somebody else has written while the page was frozen (R11)', async () => {
    const world = await senderWorld()
    await world.save('u1', { a: 1 })
    await world.wake()
    const contested = await world.save('u1', { a: 2 })
    world.storage.refuses = (table) => {
      if (table !== 'records') return undefined
      world.storage.refuses = undefined
      world.records.set('u1', { a: 9 })
      world.platform.clock.jump(2 * minute)
      return undefined
    }
    await world.wake()

    expect(await world.fate(contested)).toBe('rejected')
    expect(world.records.get('u1')).toEqual({ a: 9 })
  })
})

it('takes an answer for as old as its request: a page that was frozen hears it late (R11)', async () => {
  const world = await senderWorld()
  const hand = byHand(world)
  world.answer = (call) => (call.kind === 'read' ? call.store() : hand.answer(call))
  await world.save('u1', { a: 1 })
  await hand.send()
  const answer = hand.waiting[0]!.call.store()
  world.records.set('u1', { a: 9 })
  world.platform.clock.jump(2 * minute)
  world.answer = (call) => call.store()
  hand.reply('u1', answer)
  await world.rest()

  const contested = await world.save('u1', { a: 2 })
  await world.wake()
  expect(await world.fate(contested)).toBe('rejected')
  expect(world.records.get('u1')).toEqual({ a: 9 })
})

describe('the description of a collection (R4)', () => {
  const folds = (property: string, sent: unknown, got: unknown, description?: unknown): boolean =>
    sent === got || (description === 'no case' && String(sent).toLowerCase() === String(got).toLowerCase())

  /** The answer to the first update is lost, and the backend keeps texts in small letters. */
  async function lostAnswer(describe: () => Promise<Json>): Promise<SenderWorld> {
    const world = await senderWorld({ endpoint: { describe, same: folds } })
    world.records.set('u1', { name: 'ann' })
    await world.save('u1', { other: 1 })
    await world.wake('start')
    let lost = false
    world.answer = (call) => {
      if (call.kind === 'read' || lost) return call.store()
      lost = true
      world.records.set('u1', { name: (call.patch.name as string).toLowerCase() })
      return fail('unreachable')
    }
    return world
  }

  async function sendForLong(world: SenderWorld): Promise<void> {
    world.sender.wake('saved')
    for (let turn = 0; turn < 40; turn++) {
      await world.rest()
      await world.platform.clock.advance(30_000)
    }
    await world.rest()
  }

  it('is asked for before what is read is compared with what was sent, where there is none', async () => {
    const world = await lostAnswer(() => Promise.resolve('no case'))
    const id = await world.save('u1', { name: 'BOB' })
    await world.wake()
    await world.pass(30_000)
    expect(await world.fate(id)).toBe('accepted')
    expect(world.calls.map(({ kind }) => kind)).toEqual(['read', 'update', 'update', 'read'])
  })

  it('holds up no lane for long when it cannot be had', async () => {
    let asked = 0
    const world = await lostAnswer(() => {
      asked++
      return Promise.reject(new Error('no description'))
    })
    const id = await world.save('u1', { name: 'BOB' })
    await sendForLong(world)
    // Without it, the backend's form of the value is somebody else's.
    expect(await world.fate(id)).toBe('rejected')
    expect(asked).toBe(3)
  })

  it('delays no verdict where the backend answers with no description: it is asked again at once, three times', async () => {
    let asked = 0
    const noDescription: Failure = { kind: 'server', status: 200, message: 'The answer is no description of a class' }
    const describe = (): Promise<Json> => (asked++, Promise.reject(new FaultError(noDescription)))
    const world = await senderWorld({ conflicts: 'overwrite', endpoint: { describe, same: folds } })
    world.answer = (call) => (call.kind === 'read' ? call.store() : fail('conflict'))
    const id = await world.save('u1', { name: 'BOB' })
    await world.wake()
    // With no time passed.
    expect(await world.fate(id)).toBe('rejected')
    expect(world.calls.map(({ kind }) => kind)).toEqual(['update', 'read'])
    expect(asked).toBe(3)
  })

  it.each<Partial<Failure>>([{ status: 502 }, { kind: 'busy', status: 429 }, { kind: 'unreachable' }])(
    'is asked for later where %j says that it may come later',
    async (trouble) => {
      let asked = 0
      const failure: Failure = { kind: 'server', message: 'm', ...trouble }
      const describe = (): Promise<Json> =>
        asked++ ? Promise.resolve('no case') : Promise.reject(new FaultError(failure))
      const world = await senderWorld({ conflicts: 'overwrite', endpoint: { describe, same: folds } })
      world.answer = (call) => {
        world.records.set('u1', { name: 'bob' })
        return call.kind === 'read' ? call.store() : fail('conflict')
      }
      const id = await world.save('u1', { name: 'BOB' })
      await world.wake()
      expect(await world.fate(id)).toBe('pending')
      await sendForLong(world)
      expect(await world.fate(id)).toBe('accepted')
      expect(asked).toBe(2)
    },
  )

  it('is not gone without for a network that gives nothing, however often it was asked for', async () => {
    let asked = 0
    const world = await lostAnswer(() => {
      asked++
      return asked > 5 ? Promise.resolve('no case') : Promise.reject(new Error('no network'))
    })
    const { answer } = world
    world.answer = (call) => (call.kind === 'read' && asked <= 5 ? fail('unreachable') : answer(call))
    const id = await world.save('u1', { name: 'BOB' })
    await sendForLong(world)
    expect(await world.fate(id)).toBe('accepted')
    expect(asked).toBe(6)
  })
})

describe('trouble on this side', () => {
  it('keeps an answer that cannot be written, and writes it when storage works again (R10)', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const edit = await world.save('u1', { a: 1 })
    world.answer = (call) => {
      world.storage.refuses = (table) => (table === 'fates' ? 'QuotaExceededError' : undefined)
      return call.store()
    }
    world.sender.wake('saved')
    await world.until(() => world.troubles.length === 1)
    await world.platform.clock.advance(minute)
    expect(await world.fate(edit)).toBe('pending')
    expect((await world.lane('u1')).row.attempt).toBeDefined()

    world.storage.refuses = undefined
    await world.pass(5 * minute)
    expect(await world.fate(edit)).toBe('accepted')
    expect(world.calls).toHaveLength(1)
    expect(world.troubles[0]).toMatchObject({ name: 'StorageError', reason: 'full' })
  })

  it('waits no longer once storage has taken something: an edit, or what another tab wrote', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const first = await world.save('u1', { a: 1 })
    world.storage.refuses = (table) => (table === 'fates' ? 'QuotaExceededError' : undefined)
    world.sender.wake('saved')
    await world.until(() => world.troubles.length === 1)
    await world.rest()
    world.storage.refuses = undefined
    const next = await world.save('u2', { a: 1 })
    await world.wake()
    expect([await world.fate(first), await world.fate(next)]).toEqual(['accepted', 'accepted'])
    expect(world.platform.clock.sleeping).toBe(0)
  })

  it('writes an answer again that storage did not take in time', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const hand = byHand(world)
    const first = await world.save('u1', { a: 1 })
    await hand.send()
    const next = await world.save('u1', { b: 1 })
    world.answer = (call) => call.store()
    world.state.storageHangs = true
    hand.reply('u1')
    await world.until(() => world.troubles.length === 1)
    world.state.storageHangs = false
    expect(await world.fate(first)).toBe('pending')

    await world.pass(5 * second)
    expect(world.troubles).toMatchObject([{ reason: 'blocked' }])
    expect(await world.fate(first)).toBe('accepted')
    expect(await world.fate(next)).toBe('accepted')
    expect(world.calls.map(({ patch }) => patch)).toEqual([{ a: 1 }, { b: 1 }])
  })

  it.each([
    ['throws', () => Promise.reject(new Error('no'))],
    [
      'throws at once',
      () => {
        throw new Error('no')
      },
    ],
  ] as const)('tries again when the endpoint %s', async (_what, update) => {
    let broken = true
    const world = await senderWorld({
      conflicts: 'overwrite',
      endpoint: { update: ({ patch }) => (broken ? update() : Promise.resolve({ ok: true, record: patch })) },
    })
    const edit = await world.save('u1', { a: 1 })
    await world.wake()
    expect(await world.fate(edit)).toBe('pending')
    broken = false
    await world.pass(5 * minute)
    expect(await world.fate(edit)).toBe('accepted')
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['is asynchronous', (async () => 5) as never],
    ['answers what cannot be stored', () => (() => {}) as never],
  ] as const)(
    'leaves a conflict a conflict when the resolver %s, and goes on with the other lanes',
    async (_what, resolve) => {
      const world = await senderWorld({ resolve })
      world.records.set('u1', { a: 0 })
      const first = await world.save('u1', { a: 1 })
      await world.wake()
      expect(await world.fate(first)).toBe('accepted')

      const contested = await world.save('u1', { a: 2 })
      const fine = await world.save('u2', { a: 2 })
      world.records.set('u1', { a: 9 })
      await world.platform.clock.advance(2 * minute)
      await world.wake()
      expect([await world.fate(contested), await world.fate(fine)]).toEqual(['rejected', 'accepted'])
    },
  )

  it('ends at once when closed, gives requests up, and sends what it left at the next start', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    const hand = byHand(world)
    await world.save('u1', { a: 1 })
    await hand.send()
    await world.sender.close()

    expect(world.calls[0]!.signal.aborted).toBe(true)
    await world.wake()
    expect(world.calls).toHaveLength(1)
    expect((await world.lane('u1')).row.attempt).toMatchObject({ patch: { a: 1 }, open: true })
  })

  it('leaves a lane alone whose answer its endpoint cannot compare, and goes on saying so', async () => {
    const same = (): boolean => {
      throw new TypeError('no comparison')
    }
    const world = await senderWorld({ conflicts: 'overwrite', endpoint: { same } })
    world.answer = () => ({ ok: true, record: { a: 2 } })
    await world.save('u1', { a: 1 })
    for (let wakes = 0; wakes < 3; wakes++) {
      await world.wake('online')
    }
    expect(world.calls.map(({ kind, id }) => [kind, id])).toEqual([['update', 'u1']])
    expect(world.states.at(-1)).toMatchObject({ hold: { reason: 'damaged' } })
    expect((await world.lane('u1')).edits).toHaveLength(1)
  })

  const microtasks = Array.from({ length: 12 }, (_, index) => index)
  it.each(microtasks)('sends nothing after it is closed, %i microtasks after a decision is written', async (count) => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    await world.save('u1', { a: 1 })
    const { write } = world.db
    let sent: number | undefined
    world.db.write = async (body, kind) => {
      const result = await write(body, kind)
      void (async () => {
        for (let passed = 0; passed < count; passed++) await Promise.resolve()
        sent ??= world.calls.length
        void world.sender.close()
      })()
      return result
    }
    await world.wake()
    expect(world.calls).toHaveLength(sent!)
  })

  it('is closed in the middle of a backoff of storage', async () => {
    const world = await senderWorld({ conflicts: 'overwrite' })
    world.storage.refuses = () => 'QuotaExceededError'
    await expect(world.save('u1', { a: 1 })).rejects.toMatchObject({ reason: 'full' })
    world.storage.refuses = undefined
    await world.save('u1', { a: 1 })
    world.storage.refuses = (table) => (table === 'records' ? 'QuotaExceededError' : undefined)
    world.sender.wake('saved')
    await world.until(() => world.troubles.length > 0)
    await world.sender.close()
    expect(world.calls).toEqual([])
  })
})
