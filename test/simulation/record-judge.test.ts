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

/** The note `n` of Bob is deleted, and no tab has shown anything. */
function afterDeletion(): RecordJudge {
  const judge = new RecordJudge({
    server: new RecordServer({ notebooks: rules, notes: rules }, () => 0),
    nowMs: () => 0,
    compares: false,
    flaws: new Map(),
    promises: { notebooks: 'one', notes: 'one' },
    keyValidForMs: undefined,
  })
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
