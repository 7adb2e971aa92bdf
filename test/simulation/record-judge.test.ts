/* The judge of worlds with records, on what tabs show. */
import { expect, it } from 'vitest'
import type { Row } from './judge.js'
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

function judgeOf(server: RecordServer, nowMs = () => 0, compares = false): RecordJudge {
  return new RecordJudge({
    server,
    nowMs,
    compares,
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
  for (const [parent, child, base, isWrong] of [
    [1, 2, { notebookId: 'b' }, false],
    [2, 1, { notebookId: 'b' }, true],
    // The end of a session had erased what the device knew of the note: nobody could tell that it names the notebook.
    [2, 1, undefined, false],
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
        records: [[Object.values(page), { ...page, base }]],
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

it('takes a value for written over unless its record was deleted in between', () => {
  for (const isDeleted of [false, true]) {
    let nowMs = 0
    const server = new RecordServer({ notebooks: rules, notes: rules }, () => nowMs)
    const judge = judgeOf(server, () => nowMs, true)
    const headers = new Headers({ authorization: `Bearer ${server.openSession('bob')}` })
    const send = (method: string, path: string, body: Row): void =>
      void server.answer({ headers, sentAtMs: nowMs, isCopy: false, token: null, method, path, body })
    send('POST', 'notes', { id: 'n', mark: 'c1', owner: 'bob', p1: 'old' })
    server.writeAs('bob', 'notes', 'n', { p1: 'theirs' })
    if (isDeleted) {
      server.writeAs('bob', 'notes', 'n', null)
      send('POST', 'notes', { id: 'n', mark: 'c1', owner: 'bob' })
    }
    nowMs = 3_600_000
    send('PATCH', 'notes/n', { p1: 'ours' })
    judge.finish(version({}).stores)
    const unseen = judge.violations.filter((one) => one.includes('was written over'))
    expect(unseen).toEqual(isDeleted ? [] : ['at 3600000 ms: "theirs" was written over, and nobody had seen it'])
  }
})

/** Nobody is logged in, or Bob is. */
const sessionOf = (account?: string) => version({ meta: [['state', account ? { session: { account } } : {}]] })

it('takes an edit over a record whose session has ended for no deleted record, and notices what a read has shown of it', () => {
  const judge = afterDeletion()
  judge.listed('tab2', 'bob', 'notes', [])
  judge.committed(sessionOf('bob'))
  judge.committed(sessionOf())
  judge.listed('tab2', 'bob', 'notes', [note])
  expect(judge.violations).toEqual([])
  judge.listed('tab2', 'bob', 'notes', [{ id: 'n', value: { mark: 'c2', updated: 3 } }])
  expect(judge.violations).toEqual([expect.stringContaining('shows bob/notes/n again')])
})

it('lets a tab lose a confirmed state once with each session that ends', () => {
  const judge = judgeOf(new RecordServer({ notebooks: rules, notes: rules }, () => 0))
  const shows = (updated?: number): void =>
    judge.listed('tab1', 'bob', 'notes', [{ id: 'n', value: updated === undefined ? {} : { updated } }])
  judge.committed(sessionOf('bob'))
  shows(3)
  // Another account and back: the tab hears of neither.
  judge.committed(sessionOf('ann'))
  shows(3)
  judge.committed(sessionOf('bob'))
  shows()
  expect(judge.violations).toEqual([])
  shows(4)
  shows(3)
  expect(judge.violations).toEqual([expect.stringContaining('(3 after 4)')])
})

const ofServer = { ids: 'server', isPut: false, isNumbered: true, isUnique: false } as const

/** Bob's note `1` is created under the id `d` of this device, and the server has it as a number. */
function afterCreation(nowMs?: () => number): { judge: RecordJudge; id: string } {
  const server = new RecordServer({ notebooks: rules, notes: ofServer }, nowMs ?? (() => 0))
  const judge = judgeOf(server, nowMs)
  const lane = { account: 'bob', collection: 'notes', id: 'd' }
  judge.made.push({ n: 1, account: 'bob', tab: 'tab1', patch: {}, op: 'create', lane: 'bob/notes/d', state: 'saved' })
  const edits = JSON.stringify([['0', { mark: 'c1' }, {}, 0, { op: 'create', meta: { n: 1 } }]])
  judge.committed(version({ edits: [[[...Object.values(lane), 1], { ...lane, seq: 1, label: 'l', edits }]] }))
  const headers = new Headers({ authorization: `Bearer ${server.openSession('bob')}` })
  const body = { mark: 'c1', owner: 'bob' }
  const request = { headers, sentAtMs: 0, isCopy: false, token: null, body }
  const answer = server.answer({ ...request, method: 'POST', path: 'notes' })
  return { judge, id: String((answer.body as { id: number }).id) }
}

it('takes no id of this device for the record of a name that was lost', () => {
  const { judge, id } = afterCreation()
  judge.absent('tab1', 'bob/notes/d', { collection: 'notes', id: 'd' })
  expect(judge.violations).toEqual([])
  judge.absent('tab1', 'bob/notes/d', { collection: 'notes', id })
  const name = { account: 'bob', collection: 'notes', id: 'd', remoteId: Number(id) }
  judge.committed(version({ ids: [[['bob', 'notes', 'd'], name]] }))
  judge.absent('tab1', 'bob/notes/d', { collection: 'notes', id: 'd' })
  expect(judge.violations.filter((what) => what.includes('as absent'))).toHaveLength(2)
})

it('counts by the clock of the device how long a creation keeps records out', () => {
  let nowMs = 0
  const { judge, id } = afterCreation(() => nowMs)
  const shown = [
    { id: 'd', value: { mark: 'c1' } },
    { id, value: { mark: 'c1', updated: 1 } },
  ]
  nowMs = 1_000
  judge.listed('tab1', 'bob', 'notes', shown)
  expect(judge.violations).toContainEqual(expect.stringContaining('lists bob/notes/d twice'))
  judge.violations.length = 0
  judge.clockIsSet(-3_600_000)
  judge.listed('tab2', 'bob', 'notes', shown)
  expect(judge.violations).toEqual([])
})

it('knows a note by its notebook, of which a creation that was sent twice has made two', () => {
  const server = new RecordServer({ notebooks: ofServer, notes: rules }, () => 0)
  const judge = judgeOf(server)
  const lane = { account: 'bob', collection: 'notebooks', id: 'd' }
  judge.made.push({ n: 1, account: 'bob', tab: 'tab1', patch: {}, op: 'create', state: 'saved' })
  const edits = JSON.stringify([['0', { mark: 'c1' }, {}, 0, { op: 'create', meta: { n: 1 } }]])
  judge.committed(version({ edits: [[[...Object.values(lane), 1], { ...lane, seq: 1, label: 'l', edits }]] }))
  const headers = new Headers({ authorization: `Bearer ${server.openSession('bob')}` })
  const request = { headers, sentAtMs: 0, isCopy: false, token: null, body: { mark: 'c1', owner: 'bob' } }
  const ids = [1, 2].map(() => {
    const { body } = server.answer({ ...request, method: 'POST', path: 'notebooks' })
    return (body as { id: number }).id
  })
  judge.committed(version({ ids: [[['bob', 'notebooks', 'd'], { ...lane, remoteId: ids[1]! }]] }))
  expect(judge.shownId('bob', 'notebooks', ids[1]!)).toBe('d')
  expect(judge.shownId('bob', 'notebooks', ids[0]!)).toBe(ids[0])
})
