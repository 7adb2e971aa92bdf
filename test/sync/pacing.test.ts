/* How many lanes may be tried at a time, and what keeps all of them waiting. */
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../src/endpoint/endpoint.js'
import { createPacing, type Pacing } from '../../src/sync/pacing.js'
import { FakeClock } from '../support/fake-clock.js'
import { fail } from './sender-world.js'

const minute = 60_000
const lane = (id: string) => ({ account: 'me', collection: 'users', id })
const good: Reply = { ok: true, record: {} }

function start(concurrency = 4, connectivity = { online: true }): { pacing: Pacing; clock: FakeClock } {
  const clock = new FakeClock()
  const random = { number: () => 0.5, id: () => 'id', bytes: () => new Uint8Array() }
  return { pacing: createPacing({ clock, random, connectivity }, concurrency), clock }
}

describe('the pace of sending (R12)', () => {
  it.each(['unreachable', 'timeout', 'busy'] as const)(
    'is one lane after `%s`, and one more with each proper reply',
    (kind) => {
      const { pacing } = start()
      expect(pacing.width).toBe(4)
      expect(pacing.note(lane('a'), fail(kind))).toBe('wait')
      const widths = [good, fail('validation'), good, good].map((reply) => [
        pacing.note(lane('b'), reply),
        pacing.width,
      ])
      expect(widths).toEqual([
        ['more', 2],
        ['more', 3],
        ['more', 4],
        [undefined, 4],
      ])
    },
  )

  it('probes once the server has failed for two lanes with nothing proper between, and stops with a proper reply', () => {
    const { pacing, clock } = start()
    expect(pacing.note(lane('a'), fail('server'))).toBeUndefined()
    expect(pacing.note(lane('a'), fail('server'))).toBeUndefined()
    expect(pacing.note(lane('c'), good)).toBeUndefined()
    expect(pacing.note(lane('a'), fail('server'))).toBeUndefined()
    expect(pacing.note(lane('b'), fail('server'))).toBe('wait')
    const { dueAtMs } = pacing.probe!
    expect(pacing.waits(undefined, true)).toEqual([dueAtMs])
    expect(pacing.note(lane('b'), fail('server'))).toBe('wait')
    expect(pacing.probe).toMatchObject({ failures: 2 })
    clock.jump(5 * minute)
    expect(pacing.waits(undefined, true)).toEqual([])
    expect(pacing.note(lane('a'), good)).toBe('more')
    expect(pacing.probe).toBeUndefined()
    expect(pacing.width).toBe(4)
  })

  it('remembers who met the last trouble, until something proper comes (G4)', () => {
    const { pacing } = start()
    pacing.note(lane('a'), fail('server'))
    expect(pacing.troubled).toEqual(lane('a'))
    pacing.note(lane('b'), fail('auth'))
    expect(pacing.troubled).toBeUndefined()
  })

  it('holds everything for a refused configuration, 15 minutes at a time (G9)', () => {
    const { pacing, clock } = start()
    const refused = fail('configuration', { code: 2002 })
    expect(pacing.note(lane('a'), refused)).toBe('wait')
    const failure = { kind: 'configuration', message: 'no such app' } as const
    const wait = { failure, failures: 1, ordered: false, dueAtMs: clock.now() + 15 * minute }
    expect(pacing.waits(wait, true)).toEqual([wait.dueAtMs])
    // A clock that was set back makes nobody wait longer.
    clock.jump(-60 * minute)
    expect(pacing.waits(wait, true)).toEqual([])
  })

  it('waits for the sum of reasons: its own, and the wait that all tabs share', () => {
    const { pacing, clock } = start()
    for (const id of ['a', 'b']) pacing.note(lane(id), fail('server'))
    const shared = { failure: { kind: 'busy', message: '' } as const, failures: 1, ordered: true }
    const dueAtMs = clock.now() + 30 * minute
    expect(pacing.waits({ ...shared, dueAtMs }, true)).toEqual([pacing.probe!.dueAtMs, dueAtMs])
  })

  describe('while the browser says offline', () => {
    const offline = (): ReturnType<typeof start> => start(6, { online: false })

    it('waits one or two seconds before the first try, from when there is something to send', () => {
      const { pacing, clock } = offline()
      expect(pacing.waits(undefined, false)).toEqual([])
      clock.jump(minute)
      expect(pacing.mayTry).toBe(false)
      const dueAtMs = clock.now() + 1_500
      expect(pacing.waits(undefined, true)).toEqual([dueAtMs])
      clock.jump(1_499)
      // Edits that are saved meanwhile shorten nothing.
      expect(pacing.waits(undefined, true)).toEqual([dueAtMs])
      expect(pacing.mayTry).toBe(false)
      clock.jump(1)
      expect(pacing.mayTry).toBe(true)
      expect(pacing.waits(undefined, true)).toEqual([])
      expect(pacing.width).toBe(1)
    })

    it('leaves the pace to the answers after that, and begins anew once nothing is to be sent', () => {
      const { pacing, clock } = offline()
      pacing.waits(undefined, true)
      clock.jump(2_000)
      const wait = { failure: { kind: 'unreachable', message: '' }, failures: 3, ordered: false } as const
      const dueAtMs = clock.now() + minute
      expect(pacing.waits({ ...wait, dueAtMs }, true)).toEqual([dueAtMs, dueAtMs])
      expect([pacing.mayTry, pacing.tryAtMs]).toEqual([false, dueAtMs])
      clock.jump(minute)
      expect([pacing.waits({ ...wait, dueAtMs }, true), pacing.mayTry]).toEqual([[], true])
      pacing.waits(undefined, false)
      expect(pacing.mayTry).toBe(false)
    })

    it('tries at once for a person', () => {
      const { pacing } = offline()
      pacing.waits(undefined, true)
      pacing.forgive()
      expect([pacing.mayTry, pacing.waits(undefined, true), pacing.mayTry]).toEqual([true, [], true])
    })

    it('ends with that', () => {
      const connectivity = { online: false }
      const { pacing } = start(6, connectivity)
      pacing.waits(undefined, true)
      connectivity.online = true
      expect([pacing.mayTry, pacing.waits(undefined, true), pacing.tryAtMs]).toEqual([true, [], undefined])
    })
  })

  it('forgets a probe for a person', () => {
    const { pacing } = start()
    for (const id of ['a', 'b']) pacing.note(lane(id), fail('server'))
    expect(pacing.probe).toBeDefined()
    pacing.forgive()
    expect(pacing.probe).toBeUndefined()
  })
})
