/* The timeline of Fieldbook's drawer: bars from the app's steps. */
import { expect, test } from 'vitest'
import { stepOf } from '../../demo/fieldbook/drawer/step-of.js'
import { afterPending, afterStep, type Bar } from '../../demo/fieldbook/drawer/timeline.js'
import { nameOfBar, stateOfBar, storyOfBar } from '../../demo/fieldbook/drawer/timeline-words.js'
import type { PendingEdit, TraceEvent } from '../../src/backendless/index.js'

const key = { collection: 'Job', id: '7' }
const of = (editId: string) => ({ key, op: 'update' as const, editIds: [editId] })
const saved = (editId: string, atMs: number): TraceEvent => ({ type: 'saved', atMs, ...of(editId) })
const sent = (editId: string, atMs: number, tries = 1): TraceEvent => ({
  type: 'sent',
  atMs,
  properties: ['title'],
  tries,
  ...of(editId),
})
const failed = (atMs: number): TraceEvent => ({ type: 'failed', atMs, kind: 'unreachable', op: 'update', key })
const accepted = (editId: string, atMs: number): TraceEvent => ({ type: 'accepted', atMs, ...of(editId) })
const waits = (id: string, atMs: number): PendingEdit =>
  ({ id, key, op: 'update', patch: { title: 'x' }, atMs, attempts: 0, state: 'queued' }) as unknown as PendingEdit

const after = (...events: TraceEvent[]): readonly Bar[] => events.reduce<readonly Bar[]>(afterStep, [])

test('a bar goes from the save through each attempt to the verdict', () => {
  const [bar] = after(saved('a', 1000), sent('a', 2000), failed(2500), sent('a', 4000, 2), accepted('a', 4200))
  expect(bar).toMatchObject({
    savedAtMs: 1000,
    properties: ['title'],
    tries: 2,
    attempts: [
      { fromMs: 2000, toMs: 2500, failure: 'unreachable' },
      { fromMs: 4000, toMs: 4200 },
    ],
    end: { atMs: 4200, as: 'accepted' },
  })
  expect(nameOfBar(bar!)).toBe('Change of the title')
  expect(stateOfBar(bar!, 9000)).toBe('Accepted after 3.2 s, 2 tries')
  expect(storyOfBar(bar!)).toMatch(
    /^Saved at .+\. Tried at .+: no connection after 0\.5 s\. Tried at .+: answered after/,
  )
})

test('a read that comes before the request, and fails, is an attempt, too', () => {
  expect(after(saved('a', 1000), failed(2000))).toMatchObject([
    { tries: 1, attempts: [{ fromMs: 2000, toMs: 2000, failure: 'unreachable' }] },
  ])
})

test('a refusal and a change that was taken back end it, too', () => {
  const rejected: TraceEvent = { type: 'rejected', atMs: 3000, faultId: 'f', kind: 'conflict', ...of('a') }
  expect(after(saved('a', 1000), sent('a', 2000), rejected)[0]!.end).toEqual({ atMs: 3000, as: 'refused' })
  const discarded: TraceEvent = { type: 'discarded', atMs: 3000, ...of('a') }
  expect(after(saved('a', 1000), discarded)[0]!.end).toEqual({ atMs: 3000, as: 'taken back' })
})

test('a change that waited before the drawer was opened has a bar, from the time of its save', () => {
  expect(afterPending([], [waits('a', 500)], 9000)).toMatchObject([{ id: 'a', savedAtMs: 500, properties: ['title'] }])
})

test('a word that is typed is one bar: each key replaces the one before', () => {
  const first = afterPending(after(saved('a', 1000)), [waits('a', 1000)], 1000)
  const second = afterPending(afterStep(first, saved('b', 1100)), [waits('b', 1100)], 1100)
  expect(second.map(({ id }) => id)).toEqual(['b'])
})

test('an edit that waits no more, with no step of this tab, was sent elsewhere; a step that comes later says how it ended', () => {
  const bars = afterPending(after(saved('a', 1000)), [waits('a', 1000)], 1000)
  const gone = afterPending(bars, [], 5000)
  expect(gone).toMatchObject([{ end: { atMs: 5000, as: 'sent elsewhere' } }])
  expect(afterStep(gone, accepted('a', 5001))).toMatchObject([{ end: { as: 'accepted' } }])
})

test('it keeps twelve bars, of those that wait rather than of those that have ended, and twenty attempts of each', () => {
  const old = after(saved('a', 1), sent('b', 2), accepted('b', 3))
  let bars = old
  for (let index = 0; index < 11; index++) bars = afterStep(bars, saved(`edit ${index}`, 10 + index))
  expect(bars).toHaveLength(12)
  expect(bars.map(({ id }) => id)).toContain('a')
  expect(bars.map(({ id }) => id)).not.toContain('b')
  for (let index = 0; index < 50; index++) bars = afterStep(afterStep(bars, sent('a', 100)), failed(101))
  const a = bars.find(({ id }) => id === 'a')!
  expect(a.attempts).toHaveLength(20)
  expect(a.tries).toBe(50)
})

test('a step is ticked by what the app went through', () => {
  expect(stepOf(failed(1))).toBe('network')
  expect(stepOf({ type: 'failed', atMs: 1, kind: 'auth', key })).toBeUndefined()
  expect(stepOf({ type: 'session', atMs: 1, state: 'expired' })).toBe('session')
  expect(stepOf({ type: 'session', atMs: 1, state: 'signed-in' })).toBeUndefined()
  expect(stepOf({ type: 'healed', atMs: 1 })).toBe('storage')
  expect(stepOf(saved('a', 1))).toBeUndefined()
  expect(stepOf(accepted('a', 4000), 1000)).toBe('network')
  expect(stepOf(accepted('a', 1100), 1000)).toBeUndefined()
})
