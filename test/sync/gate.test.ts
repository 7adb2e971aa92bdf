/* Why nothing may be sent now, and until when (R12). */
import { describe, expect, it } from 'vitest'
import type { FailureKind } from '../../src/model/failure.js'
import type { Wait } from '../../src/store/rows.js'
import { createGate, type Gate, type Outlook, type Reason } from '../../src/sync/gate.js'
import { me } from './sender-world.js'

const minute = 60_000
const startMs = 1_000_000_000

const reasons: readonly Reason[] = ['closed', 'frozen', 'session', 'token', 'failing', 'wait', 'offline']

/** The facts when nothing keeps anything from being sent. */
const clear: Outlook = {
  nowMs: startMs,
  chance: () => 0.5,
  online: true,
  hasWork: true,
  hasToken: true,
  probe: undefined,
}

function waitFor(kind: FailureKind, dueAtMs: number): Wait {
  return { failure: { kind, message: '' }, failures: 1, ordered: false, dueAtMs }
}

function reasonsOf(gate: Gate): Reason[] {
  return reasons.filter((reason) => gate.has(reason))
}

describe('the gate', () => {
  it('is shut before the first look, and open when a look finds no reason', () => {
    const gate = createGate()
    expect([gate.isOpen, reasonsOf(gate)]).toEqual([false, ['session']])
    expect(gate.look({ session: me }, clear)).toEqual([])
    expect([gate.isOpen, reasonsOf(gate)]).toEqual([true, []])
  })

  const expired = { ...me, expired: { kind: 'auth', message: '' } } as const
  const wait = waitFor('busy', startMs + minute)
  it.each<[Reason, Parameters<Gate['look']>[0], Partial<Outlook>, number[]]>([
    ['session', {}, {}, []],
    ['session', { session: expired }, {}, []],
    ['token', { session: me }, { hasToken: false }, []],
    ['failing', { session: me }, { probe: { dueAtMs: startMs + 5 } }, [startMs + 5]],
    ['wait', { session: me, wait }, {}, [startMs + minute]],
    ['offline', { session: me }, { online: false }, [startMs + 1_500]],
  ])('is shut for the one reason `%s`: %#', (reason, state, outlook, until) => {
    const gate = createGate()
    expect(gate.look(state, { ...clear, ...outlook })).toEqual(until)
    expect([gate.isOpen, reasonsOf(gate)]).toEqual([false, [reason]])
    expect(gate.look({ session: me }, clear)).toEqual([])
    expect(gate.isOpen).toBe(true)
  })

  it('has several reasons at a time, each with its end', () => {
    const gate = createGate()
    const outlook = { ...clear, hasToken: false, probe: { dueAtMs: startMs + 5 } }
    expect(gate.look({ session: me, wait }, outlook)).toEqual([startMs + 5, startMs + minute])
    expect(reasonsOf(gate)).toEqual(['token', 'failing', 'wait'])
  })

  it.each(['frozen', 'closed'] as const)('stays shut when it is %s, also when a look finds no reason', (reason) => {
    const gate = createGate()
    gate.shut(reason)
    gate.look({ session: me }, clear)
    expect([gate.isOpen, gate.isShut, gate.has(reason)]).toEqual([false, true, true])
    gate.thaw()
    expect([gate.isShut, gate.has(reason)]).toEqual(reason === 'frozen' ? [false, false] : [true, true])
  })

  it('lets nobody wait longer when the clock was set back (G9)', () => {
    const gate = createGate()
    const refused = waitFor('configuration', startMs + 15 * minute)
    expect(gate.look({ session: me, wait: refused }, clear)).toEqual([refused.dueAtMs])
    expect(gate.look({ session: me, wait: refused }, { ...clear, nowMs: startMs - 60 * minute })).toEqual([])
  })

  describe('while the browser says offline', () => {
    const offline = (nowMs: number, more: Partial<Outlook> = {}): Outlook => ({
      ...clear,
      online: false,
      nowMs,
      ...more,
    })

    it('waits one or two seconds before the first try, from when there is something to send', () => {
      const gate = createGate()
      expect(gate.look({ session: me }, offline(startMs, { hasWork: false }))).toEqual([])
      const fromMs = startMs + minute
      expect(gate.mayTry(false, fromMs)).toBe(false)
      expect(gate.look({ session: me }, offline(fromMs))).toEqual([fromMs + 1_500])
      // An edit that is saved meanwhile shortens nothing.
      expect(gate.look({ session: me }, offline(fromMs + 1_499))).toEqual([fromMs + 1_500])
      expect(gate.mayTry(false, fromMs + 1_499)).toBe(false)
      expect(gate.mayTry(false, fromMs + 1_500)).toBe(true)
      expect(gate.look({ session: me }, offline(fromMs + 1_500))).toEqual([])
    })

    it('leaves the pace to the answers after that, and begins anew once nothing is to be sent', () => {
      const gate = createGate()
      gate.look({ session: me }, offline(startMs))
      const nowMs = startMs + 2_000
      const shared = waitFor('unreachable', nowMs + minute)
      expect(gate.look({ session: me, wait: shared }, offline(nowMs))).toEqual([shared.dueAtMs, shared.dueAtMs])
      expect([gate.mayTry(false, nowMs), gate.tryAtMs]).toEqual([false, shared.dueAtMs])
      expect(gate.look({ session: me, wait: shared }, offline(shared.dueAtMs))).toEqual([])
      expect(gate.mayTry(false, shared.dueAtMs)).toBe(true)
      gate.look({ session: me }, offline(shared.dueAtMs, { hasWork: false }))
      expect(gate.mayTry(false, shared.dueAtMs)).toBe(false)
    })

    it('tries at once for a person, and ends with that', () => {
      const gate = createGate()
      gate.look({ session: me }, offline(startMs))
      gate.noteEnd('network')
      expect([gate.mayTry(false, startMs), gate.look({ session: me }, offline(startMs))]).toEqual([true, []])
      gate.look({ session: me }, clear)
      expect([gate.tryAtMs, gate.mayTry(true, startMs)]).toEqual([undefined, true])
    })
  })

  it('hopes for the end of a wait that the news may end, until a look has shown what became of it', () => {
    const gate = createGate()
    const [unreachable, refused, busy] = (['unreachable', 'configuration', 'busy'] as const).map((kind) =>
      waitFor(kind, startMs),
    )
    expect(gate.endsOf(unreachable)).toBeUndefined()
    gate.noteEnd('network')
    expect([gate.endsOf(unreachable), gate.endsOf(refused), gate.endsOf(busy)]).toEqual([
      ['network'],
      undefined,
      undefined,
    ])
    gate.noteEnd('start')
    expect(gate.endsOf(refused)).toEqual(['network', 'start'])
    expect(gate.endsOf(undefined)).toBeUndefined()
    gate.dropEnds()
    expect(gate.endsOf(unreachable)).toBeUndefined()
    gate.noteStart(true)
    expect([gate.endsOf(unreachable), gate.endsOf(refused)]).toEqual([undefined, ['start']])
    gate.noteStart(false)
    expect(gate.endsOf(unreachable)).toEqual(['start', 'network'])
  })
})
