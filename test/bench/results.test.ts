/* The figures of a run become goals, bounds and tables, and only results of today's shape are read. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ENTRIES } from './aims.js'
import { CONTENDERS, holdfastAs, isOurs, LIST_CONTENDERS, takesPart } from './contenders.js'
import { goalsOf, verdictOf } from './goals.js'
import { LIST_ROWS } from './list-rows.js'
import { tablesOf } from './markdown.js'
import { asResults, readResults, type ResultRow, type Results } from './results.js'
import { ROWS } from './rows.js'
import { SLOW_ROWS } from './slow-rows.js'
import { TAB_ROWS } from './tab-rows.js'

const allRows = [...SLOW_ROWS, ...ROWS, ...TAB_ROWS, ...LIST_ROWS]

function row(id: string, medians: { [contender: string]: number }, repetitions = 5): ResultRow {
  const cells = Object.fromEntries(
    Object.entries(medians).map(([name, median]) => [name, { median, least: median, most: median, repetitions }]),
  )
  return { id, title: id, unit: 'ms', cells }
}

function resultsOf(rows: readonly ResultRow[]): Results {
  return asResults({
    date: '2026-12-01',
    command: 'npm run bench',
    minutes: 1,
    machine: 'a machine',
    versions: {},
    contenders: [...CONTENDERS, ...LIST_CONTENDERS].map((contender) => ({ ...contender, isOurs: isOurs(contender) })),
    rows,
    behaviour: {},
    sizes: { entries: {}, together: 1, rxjs: 1 },
    curves: {},
  })
}

const verdict = (results: Results, work: string): string | undefined => {
  const goal = goalsOf(results).find((one) => one.work === work)
  return goal && verdictOf(goal)
}

test('each goal and bound is of rows and contenders that there are', () => {
  const ids = new Set(allRows.flatMap(({ name, metrics }) => Object.keys(metrics).map((metric) => `${name}.${metric}`)))
  const names = new Set([...CONTENDERS, ...LIST_CONTENDERS].map(({ name }) => name))
  for (const entry of ENTRIES)
    for (const [id, contender = 'holdfast'] of 'than' in entry ? [entry.of, entry.than] : [entry.of]) {
      expect(ids).toContain(id)
      expect(names).toContain(contender)
    }
})

test('a goal is met or missed, and a bound holds or does not', () => {
  const quick = resultsOf([row('settled.first', { holdfast: 1 }), row('settled.last', { holdfast: 1.1 })])
  const slow = resultsOf([row('settled.first', { holdfast: 1 }), row('settled.last', { holdfast: 1.3 })])
  const goal = 'the last of 1,000 edits, each sent before the next'
  expect([verdict(quick, goal), verdict(slow, goal)]).toEqual(['met', 'missed'])
  const held = resultsOf([row('awaited.all', { holdfast: 2, A: 1 })])
  const broken = resultsOf([row('awaited.all', { holdfast: 3, A: 1 })])
  expect([verdict(held, '1,000 awaited'), verdict(broken, '1,000 awaited')]).toEqual([
    'within the bound',
    'beyond the bound',
  ])
})

test('a table of bounds gives the reason of each, and only goals can be missed', () => {
  const tables = tablesOf(resultsOf([row('awaited.all', { holdfast: 3, A: 1 })]))
  const line = tables.split('\n').find((one) => one.includes('1,000 awaited'))!
  expect(line).toContain('**beyond the bound**')
  expect(line).toContain('As of one durable edit')
  expect(tables).not.toContain('missed')
})

test('a row that was not measured has neither goal nor bound', () => {
  const works = goalsOf(resultsOf([])).map(({ work }) => work)
  expect(works).toEqual(['size of core and backendless', 'the part of rxjs'])
})

test('a peer is held against Holdfast with the durability of the peer', () => {
  const peers = CONTENDERS.filter(({ isPeer }) => isPeer)
  for (const { durability } of peers)
    expect(CONTENDERS.find(({ name }) => name === holdfastAs(durability))!.durability).toBe(durability)
  const results = resultsOf([row('edit.seen', { holdfast: 9, 'holdfast relaxed': 1, Dexie: 2 })])
  expect(verdict(results, 'edit → seen')).toBe('met')
  const tables = tablesOf(results)
  const [, peerTable = ''] = tables.split('## Against its peers, relaxed')
  expect(peerTable).toContain('| work | holdfast relaxed | Dexie |')
  expect(peerTable).toContain('2 (2 ×)')
})

test('Holdfast takes part with the durability of each peer wherever that peer does', () => {
  for (const peer of CONTENDERS.filter(({ isPeer }) => isPeer)) {
    const mine = CONTENDERS.find(({ name }) => name === holdfastAs(peer.durability))!
    for (const quick of [true, false])
      for (const one of allRows.filter(({ inQuick }) => inQuick || !quick))
        if (takesPart(peer, one, quick) && (peer.inQuick || !quick))
          expect(takesPart(mine, one, quick), `${one.name} of ${peer.name}`).toBe(true)
  }
})

test('the tables say how many repetitions a median is of, and which rows have fewer', () => {
  const tables = tablesOf(
    resultsOf([
      row('edit.seen', { holdfast: 1, Dexie: 1 }),
      row('awaited.all', { holdfast: 1 }, 2),
      row('burst-one.durable', { Dexie: 1 }, 1),
    ]),
  )
  expect(tables).toContain('Repetitions of Holdfast and the limits: 5 (1 row); 2 (awaited).')
  expect(tables).toContain('Repetitions of the others: 5 (1 row); 1 (burst-one).')
})

test('results of another shape are refused', () => {
  const results = resultsOf([])
  expect(readResults(JSON.stringify(results))).toEqual(results)
  expect(() => readResults(JSON.stringify({ ...results, shape: undefined }))).toThrow('shape 1')
  expect(() => readResults(JSON.stringify({ ...results, shape: 99 }))).toThrow('shape 99')
})

test('the results that are kept are read, or refused as older ones', () => {
  const path = 'docs/bench/results.json'
  if (!existsSync(path)) return
  const json = readFileSync(path, 'utf8')
  const isToday = (JSON.parse(json) as { shape?: number }).shape === resultsOf([]).shape
  if (isToday) expect(tablesOf(readResults(json))).toContain('## Goals')
  else expect(() => readResults(json)).toThrow('measure anew')
})
