/* The judge of worlds with records, on what tabs show. */
import { expect, it } from 'vitest'
import { RecordJudge } from './record-judge.js'
import { RecordServer } from './record-server.js'
import type { Entry, Version } from './storage/rows.js'

const rules = { ids: 'device', isPut: false, isNumbered: false, isUnique: true } as const

const version = (stores: { [name: string]: readonly [key: unknown, value: object][] }): Version => ({
  version: 1,
  stores: new Map(
    Object.entries(stores).map(([name, rows]) => {
      const entries = rows.map(([key, value]) => ({ key, primaryKey: key, value }) as Entry)
      return [name, { schema: { name, keyPath: null, autoIncrement: false, indexes: new Map() }, entries, nextKey: 1 }]
    }),
  ),
})

function judgeOf(server: RecordServer): RecordJudge {
  return new RecordJudge({
    server,
    nowMs: () => 0,
    compares: false,
    flaws: new Map(),
    promises: { notebooks: 'one', notes: 'one' },
    keyValidForMs: undefined,
  })
}

/** The note `n` of Bob is deleted, and no tab has shown anything. */
function afterDeletion(): RecordJudge {
  const judge = judgeOf(new RecordServer({ notebooks: rules, notes: rules }, () => 0))
  const lane = { account: 'bob', collection: 'notes', id: 'n' }
  judge.made.push({ n: 1, account: 'bob', tab: 'tab1', patch: {}, op: 'delete', lane: 'bob/notes/n', state: 'saved' })
  const edits = JSON.stringify([['0', {}, {}, 0, { op: 'delete', meta: { n: 1 } }]])
  judge.committed(version({ edits: [[[...Object.values(lane), 1], { ...lane, seq: 1, label: 'l', edits }]] }))
  judge.committed(version({ fates: [[1, { account: 'bob', editIds: ['l-0'], outcome: 'accepted', op: 'delete' }]] }))
  judge.violations.length = 0
  return judge
}

const note = { id: 'n', value: { mark: 'c2' } }

it('notices a tab that shows a deleted record once more', () => {
  const judge = afterDeletion()
  for (const rows of [[note], [], [note]]) judge.listed('tab2', 'bob', 'notes', rows)
  expect(judge.violations).toEqual([expect.stringContaining('shows bob/notes/n again')])
})

it('takes no list of another collection for a word on the record', () => {
  const judge = afterDeletion()
  judge.listed('tab2', 'bob', 'notes', [note])
  judge.listed('tab2', 'bob', 'notebooks', [])
  judge.listed('tab2', 'bob', 'notes', [note])
  expect(judge.violations).toEqual([])
})

it('takes two deletions of one transaction in the order in which they were made', () => {
  for (const [parent, child, isWrong] of [
    [1, 2, false],
    [2, 1, true],
  ] as const) {
    const server = new RecordServer({ notebooks: rules, notes: rules }, () => 0)
    const judge = judgeOf(server)
    const [book, page] = [
      { account: 'bob', collection: 'notebooks', id: 'b' },
      { account: 'bob', collection: 'notes', id: 'n' },
    ]
    const deletion = (n: number, place: number): unknown => [String(place), {}, {}, 0, { op: 'delete', meta: { n } }]
    for (const n of [1, 2]) judge.made.push({ n, account: 'bob', tab: 'tab1', patch: {}, op: 'delete', state: 'saved' })
    // An update of the notebook lies before its deletion.
    const edits = JSON.stringify([['0', { a: 1 }, {}, 0, { meta: { n: parent } }], deletion(parent, 1)])
    judge.committed(
      version({
        edits: [
          [[...Object.values(book), 1], { ...book, seq: 1, label: 'l', edits }],
          [[...Object.values(page), 1], { ...page, seq: 1, label: 'l', edits: JSON.stringify([deletion(child, 2)]) }],
        ],
      }),
    )
    judge.violations.length = 0
    server.onChildren('bob/notebooks/b', ['bob/notes/n'])
    expect(judge.violations).toHaveLength(isWrong ? 1 : 0)
  }
})

it('gives a record that is made again under its id a place of its own in the pages of a list', () => {
  const server = new RecordServer({ notebooks: rules, notes: rules }, () => 0)
  const headers = new Headers({ authorization: `Bearer ${server.openSession('bob')}` })
  const request = { headers, sentAtMs: 0, isCopy: false, body: undefined, token: null }
  const make = (id: string, mark: number): void =>
    void server.answer({ ...request, method: 'POST', path: 'notes', body: { id, mark: `c${mark}`, owner: 'bob' } })
  make('a', 1)
  server.writeAs('bob', 'notes', 'a', null)
  make('a', 1)
  make('b', 2)
  const ids: unknown[] = []
  for (let query: string | undefined = 'lim=1'; query !== undefined && ids.length < 9;) {
    const { body } = server.answer({ ...request, method: 'GET', path: 'notes', query })
    const { records, next } = body as unknown as { records: { id: string }[]; next?: string }
    ids.push(...records.map(({ id }) => id))
    query = next?.split('?')[1]
  }
  expect(ids).toEqual(['a', 'b'])
})
