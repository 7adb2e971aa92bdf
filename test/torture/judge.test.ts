import { expect, test } from 'vitest'
import { judge, valueOf } from './judge.js'

const saved = (life: number, n: number, ...properties: string[]) => ({
  id: `e${life}.${n}`,
  value: valueOf(life, n),
  properties,
})
const applied = (property: string, ...edits: [life: number, n: number][]) =>
  edits.map(([life, n]) => ({ applied: { [property]: valueOf(life, n) } }))
const none = new Set<string>()
const clean = { repeated: 0, lost: 0, doubled: 0, outOfOrder: 0, examples: [] }

test('all applied once, in order: nothing to say', () => {
  const run = { saved: [saved(1, 1, 'a'), saved(2, 1, 'a')], log: applied('a', [1, 1], [2, 1]), excused: none }
  expect(judge(run)).toEqual({ saved: 2, ...clean })
})

test('an edit whose value never came, nor a later one in its place, is lost', () => {
  const run = { saved: [saved(1, 1, 'a'), saved(1, 2, 'a', 'b')], log: applied('a', [1, 1], [1, 2]), excused: none }
  expect(judge(run)).toMatchObject({ lost: 1, examples: [`lost: b of "${valueOf(1, 2)}"`] })
  expect(judge({ ...run, excused: new Set(['e1.2']) })).toMatchObject({ lost: 0 })
})

test('an edit that was covered by a later one is not lost', () => {
  const run = { saved: [saved(1, 1, 'a'), saved(1, 2, 'a')], log: applied('a', [1, 2]), excused: none }
  expect(judge(run)).toEqual({ saved: 2, ...clean })
})

test('a value in the log that no report came of is no loss, and is held to its order', () => {
  expect(judge({ saved: [], log: applied('a', [1, 1], [1, 2]), excused: none })).toEqual({ saved: 0, ...clean })
  expect(judge({ saved: [], log: applied('a', [1, 2], [1, 1]), excused: none })).toMatchObject({ outOfOrder: 1 })
  expect(judge({ saved: [], log: applied('a', [1, 10], [1, 9]), excused: none })).toMatchObject({ outOfOrder: 1 })
  expect(judge({ saved: [], log: applied('a', [2, 1], [1, 9]), excused: none })).toMatchObject({ outOfOrder: 1 })
})

test('the same value twice with nothing between is repeated, after another one it is doubled', () => {
  expect(judge({ saved: [], log: applied('a', [1, 1], [1, 1], [1, 2]), excused: none })).toMatchObject({
    repeated: 1,
    doubled: 0,
  })
  expect(judge({ saved: [], log: applied('a', [1, 1], [1, 2], [1, 1]), excused: none })).toMatchObject({
    repeated: 0,
    doubled: 1,
    outOfOrder: 0,
  })
})

test('properties are judged apart', () => {
  const log = [...applied('a', [1, 2]), ...applied('b', [1, 1])]
  expect(judge({ saved: [saved(1, 1, 'b'), saved(1, 2, 'a')], log, excused: none })).toEqual({ saved: 2, ...clean })
})

test('a value that no edit of the run has is an error', () => {
  expect(() => judge({ saved: [], log: [{ applied: { a: 'x' } }], excused: none })).toThrow('a value of nobody')
})
