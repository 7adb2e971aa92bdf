/* How many lanes may be tried at a time. */
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../src/endpoint/endpoint.js'
import { createPacing, type Pacing } from '../../src/sync/pacing.js'
import { FakeClock } from '../support/fake-clock.js'
import { fail } from './sender-world.js'

const lane = (id: string) => ({ account: 'me', collection: 'users', id })
const good: Reply = { ok: true, record: {} }

function start(concurrency = 4): { pacing: Pacing; clock: FakeClock } {
  const clock = new FakeClock()
  const random = { number: () => 0.5, id: () => 'id', bytes: () => new Uint8Array() }
  return { pacing: createPacing({ clock, random }, concurrency), clock }
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
    expect(pacing.probe).toEqual({ failures: 1, dueAtMs: clock.now() + 1_500 })
    expect(pacing.note(lane('b'), fail('server'))).toBe('wait')
    expect(pacing.probe).toEqual({ failures: 2, dueAtMs: clock.now() + 2_500 })
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

  it('is one lane while it probes, and after a word of the caller', () => {
    const { pacing } = start()
    pacing.narrow()
    expect(pacing.width).toBe(1)
    pacing.note(lane('a'), good)
    expect(pacing.width).toBe(2)
    for (const id of ['a', 'b']) pacing.note(lane(id), fail('server'))
    expect(pacing.width).toBe(1)
  })

  it('holds everything for a refused configuration (G9)', () => {
    const { pacing } = start()
    expect(pacing.note(lane('a'), fail('configuration', { code: 2002 }))).toBe('wait')
    expect(pacing.width).toBe(4)
  })

  it('forgets a probe for a person', () => {
    const { pacing } = start()
    for (const id of ['a', 'b']) pacing.note(lane(id), fail('server'))
    expect(pacing.probe).toBeDefined()
    pacing.forgive()
    expect(pacing.probe).toBeUndefined()
  })
})
