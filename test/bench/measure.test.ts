/* How often each contender does a row follows from what its first run took, and from the time that is left. */
import { expect, test } from 'vitest'
import { CONTENDERS } from './contenders.js'
import { measureFirst, measureMore, planRepetitions, type Parts, type Tries } from './measure.js'
import type { Row } from './rows.js'

const named = (name: string) => CONTENDERS.find((one) => one.name === name)!

const rowOf = (name: string, measure: Row['measure'] = async () => ({ it: 1 })): Row => ({
  name,
  metrics: { it: { title: name, unit: 'ms' } },
  inQuick: false,
  measure,
})

const tried = (row: Row, name: string, tookMs: number, why?: string): Tries => ({
  row,
  contender: named(name),
  figures: why === undefined ? [{ it: 1 }] : [],
  tookMs,
  ...(why !== undefined && { why }),
})

const counts = (all: readonly Tries[], repetitions: number, leftMs: number): number[] => {
  const planned = planRepetitions(all, { repetitions, leftMs })
  return all.map((tries) => planned.get(tries)!)
}

test('with time enough ours and quick peers are measured five times, slow peers twice, failed ones not again', () => {
  const row = rowOf('row')
  const all = [
    tried(row, 'holdfast', 60_000),
    tried(row, 'limit', 1_000),
    tried(row, 'Dexie', 4_000),
    tried(row, 'RxDB', 6_000),
    tried(row, 'A', 6_000),
    tried(row, 'TanStack', 60_000, 'not done within 60 s'),
  ]
  expect(counts(all, 5, Infinity)).toEqual([5, 5, 5, 2, 2, 0])
})

test('with little time ours come first, the quick rows before the slow ones, and a row is compared with equal numbers', () => {
  const [quick, slow] = [rowOf('quick'), rowOf('slow')]
  const all = [
    tried(slow, 'holdfast', 30_000),
    tried(slow, 'limit', 10_000),
    tried(quick, 'holdfast', 1_000),
    tried(quick, 'limit', 1_000),
    tried(quick, 'Dexie', 1_000),
  ]
  expect(counts(all, 5, 0)).toEqual([1, 1, 1, 1, 1])
  expect(counts(all, 5, 8_000)).toEqual([1, 1, 5, 5, 1])
  expect(counts(all, 5, 50_000)).toEqual([2, 2, 5, 5, 3])
})

const parts = {
  browser: undefined as never,
  server: { origin: () => ({ url: '', backend: undefined as never }), stop: async () => {} },
  withinMs: () => 10_000,
} satisfies Parts

test('a first run warms up and does not count, and a failure later keeps what was measured', async () => {
  let runs = 0
  const row = rowOf('row', async () => {
    runs++
    if (runs > 3) throw new Error('lost')
    return { it: runs }
  })
  const all = await measureFirst(row, [named('holdfast')], async () => parts, { warmUp: true })
  expect(all[0]!.figures).toEqual([{ it: 2 }])
  await measureMore(
    row,
    all,
    new Map([[all[0]!, 5]]),
    async () => parts,
    () => true,
  )
  expect(all[0]).toMatchObject({ figures: [{ it: 2 }, { it: 3 }], why: 'lost' })
})

test('a row that this machine cannot measure says why for each of its contenders', async () => {
  const all = await measureFirst(
    rowOf('row'),
    [named('holdfast'), named('A')],
    async () => 'not measured: strace is missing',
    {
      warmUp: true,
    },
  )
  expect(all.map(({ why }) => why)).toEqual(['not measured: strace is missing', 'not measured: strace is missing'])
})

test('no repetition begins when the time is over', async () => {
  const row = rowOf('row')
  const all = await measureFirst(row, [named('holdfast')], async () => parts, { warmUp: false })
  await measureMore(
    row,
    all,
    new Map([[all[0]!, 5]]),
    async () => parts,
    () => false,
  )
  expect(all[0]!.figures).toHaveLength(1)
})
