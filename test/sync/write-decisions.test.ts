/* Decisions of lanes, written in one transaction under the lease (R2, R10, S3, S9). */
import { describe, expect, it, onTestFinished } from 'vitest'
import { InvariantError } from '../../src/model/assert.js'
import type { StoredLane } from '../../src/store/rows.js'
import type { LaneContext } from '../../src/sync/lane/context.js'
import { createLease } from '../../src/sync/lease.js'
import { createNetwork } from '../../src/sync/network.js'
import { createDecisions } from '../../src/sync/write-decisions.js'
import { me, type SenderWorld, senderWorld } from './sender-world.js'

const lane = (id: string) => ({ account: 'me', collection: 'users', id })

interface Setting {
  world: SenderWorld
  decisions: ReturnType<typeof createDecisions>
  /** Ends the term, and has the decisions of it forgotten only if that is said. */
  endTerm(drops: boolean): void
  /** Which lanes were decided, each time. */
  decided: string[]
}

/** The sender of the world sleeps. `breaks`: an invariant does not hold for this lane. */
async function start(breaks?: string): Promise<Setting> {
  const world = await senderWorld()
  const { db, platform } = world
  const { clock } = platform
  let term = new AbortController()
  const lease = createLease({ db, platform, name: 'holdfast', onDeposed() {}, onError() {} })
  onTestFinished(() => lease.close())
  const decided: string[] = []
  const contextOf = ({ key }: StoredLane): LaneContext => {
    decided.push(key.id)
    return {
      conflicts: 'overwrite',
      freshForMs: 60_000,
      requestTimeoutMs: 30_000,
      nowMs: clock.now(),
      startedAtMs: 0,
      epoch: lease.epoch ?? 1,
      newId: () => 'new',
      chance: 0.5,
      get sessionId() {
        if (key.id === breaks) throw new InvariantError('L1', 'again')
        return me.sessionId
      },
      lastReplyAtMs: undefined,
      canRead: true,
      repeatsCreates: 'safe',
      keyValidForMs: 86_400_000,
      canFind: true,
      canList: false,
      isNamedByServer: false,
      idOf: () => undefined,
      refsOf: () => [],
      toBackend: (values) => values,
      toDevice: (values) => values,
      ignoreDue: false,
      same: Object.is,
      notStored: () => ({ kind: 'validation', message: '' }),
    }
  }
  const requests = {
    get term() {
      return term.signal
    },
  }
  const parts = { db, platform: { ...platform, connectivity: createNetwork(platform.connectivity) } }
  const decisions = createDecisions(parts, lease, requests, contextOf)
  return {
    world,
    decisions,
    decided,
    endTerm(drops) {
      term.abort()
      term = new AbortController()
      if (drops) decisions.drop()
    },
  }
}

describe('decisions', () => {
  it('are written together, with the lease that is claimed for them', async () => {
    const { world, decisions } = await start()
    await world.saveAll(['u1', 'u2'], { a: 1 })
    for (const id of ['u1', 'u2']) decisions.add(lane(id), { event: 'looked' })
    expect([decisions.open, decisions.concluding]).toEqual([2, 0])
    const { write } = world.db
    let transactions = 0
    world.db.write = (body, kind) => (transactions++, write(body, kind))
    const written = await decisions.write()
    expect(written).toMatchObject({ isNew: true })
    expect(written!.decided!.map(({ key, plan, session }) => [key.id, plan?.next.step, session?.account])).toEqual([
      ['u1', 'send', 'me'],
      ['u2', 'send', 'me'],
    ])
    expect([transactions, decisions.open]).toEqual([1, 0])
    expect((await world.lane('u2')).row.attempt).toMatchObject({ patch: { a: 1 }, open: true })
    decisions.add(lane('u1'), { event: 'looked' })
    expect(await decisions.write()).toMatchObject({ isNew: false })
  })

  it('are all open as before when storage fails, those about answers too (R10)', async () => {
    const { world, decisions } = await start()
    await world.save('u1', { a: 1 })
    decisions.add(lane('u1'), { event: 'looked' })
    await decisions.write()
    const attempt = (await world.lane('u1')).row.attempt!
    decisions.add(lane('u1'), { event: 'write-answered', attempt, reply: { ok: true, record: { a: 1 } } })
    expect(decisions.concluding).toBe(1)
    world.storage.refuses = () => 'QuotaExceededError'
    await expect(decisions.write()).rejects.toMatchObject({ reason: 'full' })
    expect([decisions.open, decisions.concluding]).toEqual([1, 1])
    world.storage.refuses = undefined
    await decisions.write()
    expect((await world.lane('u1')).edits).toEqual([])
  })

  it('of a term that has ended are not written: S3 breaks where they were not dropped', async () => {
    const { world, decisions, endTerm } = await start()
    await world.save('u1', { a: 1 })
    decisions.add(lane('u1'), { event: 'looked' })
    endTerm(false)
    await expect(decisions.write()).rejects.toMatchObject({ invariant: 'S3' })
    expect((await world.lane('u1')).row.attempt).toBeUndefined()
    decisions.add(lane('u1'), { event: 'looked' })
    endTerm(true)
    expect(decisions.open).toBe(0)
    expect(await decisions.write()).toMatchObject({ decided: [] })
  })

  it('leave one decision for each lane when the transaction ran twice (S9)', async () => {
    const { world, decisions, decided } = await start()
    await world.save('u1', { a: 1 })
    const { write } = world.db
    world.db.write = async (body, kind) => {
      const aborted = write(async (...given) => {
        await body(...given)
        throw new Error('aborted')
      }, kind)
      await expect(aborted).rejects.toThrow()
      return write(body, kind)
    }
    decisions.add(lane('u1'), { event: 'looked' })
    const written = await decisions.write()
    expect(decided).toEqual(['u1', 'u1'])
    expect(written!.decided).toHaveLength(1)
    const { next } = written!.decided![0]!.plan!
    const { row } = await world.lane('u1')
    expect(next).toEqual({ step: 'send', attempt: row.attempt })
    expect(row.tries).toBe(1)
  })

  it('write nothing of a lane for which an invariant does not hold, and all of the others', async () => {
    const { world, decisions } = await start('u1')
    await world.saveAll(['u1', 'u2'], { a: 1 })
    for (const id of ['u1', 'u2']) decisions.add(lane(id), { event: 'looked' })
    const [first, second] = (await decisions.write())!.decided!
    expect([first!.plan, first!.broken]).toEqual([
      { next: { step: 'held', reason: 'damaged' } },
      { error: expect.objectContaining({ invariant: 'L1' }) },
    ])
    expect([second!.plan?.next.step, second!.broken]).toEqual(['send', undefined])
    expect((await world.lane('u1')).row.attempt).toBeUndefined()
    expect((await world.lane('u2')).row.attempt).toBeDefined()
  })
})
