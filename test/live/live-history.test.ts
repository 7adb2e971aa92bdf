// Random histories of one tab against a naive model that folds the whole history anew each time.
import fc from '../support/fast-check.js'
import { expect, test } from 'vitest'
import { createLive, type LiveViews } from '../../src/live/live.js'
import { recordName } from '../../src/live/snapshot.js'
import type { QueuedEdit } from '../../src/model/edit.js'
import type { Properties, RecordKey, State } from '../../src/model/record.js'
import type { Commit } from '../../src/store/commit.js'

import { turns } from '../support/fake-clock.js'
import { editOf, MemorySource } from '../support/memory-source.js'
import { newest } from '../support/newest.js'

const accounts = ['ann', 'bob']
const note: RecordKey = { collection: 'notes', id: '1' }

type Tell = 'at once' | 'with more' | 'late'

type Step =
  | { do: 'add'; own: boolean; property: string; value: number }
  | {
      do: 'commit' | 'commit two at once' | 'commit the last'
      tell: Tell
    }
  | { do: 'tell late' | 'drop' | 'refresh' | 'release' | 'release all' | 'hold' | 'observe' | 'switch account' }
  | { do: 'other tab saves'; heard: boolean; own: boolean; property: string; value: number }
  | { do: 'settle'; heard: boolean; own: boolean; outcome: 'accepted' | 'rejected' | 'discarded' }

const property = fc.constantFrom('a', 'b')
const value = fc.integer({ min: 0, max: 9 })
const own = fc.boolean()
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), own, property, value }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('commit' as const, 'commit two at once' as const, 'commit the last' as const),
      tell: fc.constantFrom('at once' as const, 'with more' as const, 'late' as const),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'tell late' as const,
        'drop' as const,
        'refresh' as const,
        'release' as const,
        'release' as const,
        'release all' as const,
        'hold' as const,
        'observe' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('switch account' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('other tab saves' as const), heard: own, own, property, value }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      heard: own,
      own,
      outcome: fc.constantFrom('accepted' as const, 'rejected' as const, 'discarded' as const),
    }),
  },
)

/** The database at a version, by account. */
interface Past {
  account: string
  lanes: Map<string, { base: Properties | undefined; edits: QueuedEdit[] }>
}

interface Added {
  account: string
  key: RecordKey
  edit: QueuedEdit
  /** The version that saved it. */
  seq?: number
}

/** The account's own record. */
const ownOf = (live: LiveViews) => live.record((account) => ({ collection: 'users', id: account }))

const nameOf = ({ collection, id }: RecordKey) => `${collection}/${id}`

async function play(steps: readonly Step[]): Promise<void> {
  const source = new MemorySource('ann')
  for (const account of accounts) {
    source.use(account)
    source.confirm({ collection: 'users', id: account }, { a: 100, b: 100, of: account })
    source.confirm(note, { a: 200, of: account })
  }
  source.use('ann')

  const past = new Map<number, Past>()
  const remember = () => {
    const account = source.session!.account
    const keys = [note, { collection: 'users', id: account }]
    const lanes = keys.map((key) => {
      const { row, edits } = source.lane(key)
      return [nameOf(key), { base: row.base ? { ...row.base } : undefined, edits: structuredClone(edits) }] as const
    })
    past.set(source.version, { account, lanes: new Map(lanes) })
  }
  remember()

  const live = createLive(source)
  /** Added and not dropped, in order. */
  let added: Added[] = []
  let late: (() => void)[] = []
  let shownAccount = 'ann'

  const expected = (key: RecordKey): Properties | undefined => {
    const shown = live.feed.snapshot
    if (!shown) return undefined
    const { account, lanes } = past.get(shown.version)!
    // Another account is shown: what was on its way leaves for good, and comes back as a saved edit if it comes.
    if (account !== shownAccount) added = []
    shownAccount = account
    const { base, edits } = lanes.get(nameOf(key))!
    const over = added.filter(
      (one) =>
        one.account === account &&
        nameOf(one.key) === nameOf(key) &&
        (one.seq === undefined || one.seq > shown.version),
    )
    const view: { [property: string]: unknown } = { ...base }
    for (const { patch } of [...edits, ...over.map(({ edit }) => edit)]) Object.assign(view, patch)
    return view as Properties
  }
  const ownKey = (): RecordKey => ({ collection: 'users', id: live.feed.snapshot?.session?.account ?? '' })

  const versions: number[] = []
  const emitted: { view: unknown; expected: unknown }[] = []
  let ownSeen: State
  let noteSeen: State
  let noteSubscription: { unsubscribe(): void } | undefined
  const sees = (key: RecordKey, view: State) => {
    versions.push(live.feed.snapshot?.version ?? 0)
    emitted.push({ view, expected: expected(key) })
  }
  ownOf(live).value$.subscribe((view) => {
    ownSeen = view
    sees(ownKey(), view)
  })
  const pendingIds: string[][] = []
  live.pending$.subscribe((list) => pendingIds.push(list.map(({ id }) => id)))
  const pending = newest(live.pending$)

  const unsaved = () => added.filter(({ seq, account }) => seq === undefined && account === source.session!.account)
  const tell = (commit: Commit, edits: readonly Added[], how: Tell) => {
    const saved = edits.map(({ key, edit }) => ({ key, edits: [edit] }))
    const told = () => live.committed({ ...commit, saved, ...(how === 'with more' && { more: true }) })
    if (how === 'late') late.push(told)
    else told()
  }

  const dropped = new Set<string>()
  const drop = (gone: readonly Added[]) => {
    added = added.filter((one) => !gone.includes(one))
    for (const { edit } of gone) dropped.add(edit.id)
    live.overlay.drop(gone.map(({ edit }) => edit.id))
  }

  const take = (next: Step) => {
    if (next.do === 'add') {
      if (!live.feed.snapshot) return
      const account = live.feed.snapshot.session!.account
      const key = next.own ? ownKey() : note
      const edit = editOf({ [next.property]: next.value })
      // An observer that is told during the call must see it already.
      added.push({ account, key, edit })
      live.overlay.add(key, edit)
      expect((next.own ? ownOf(live) : live.record(() => key)).value$.value).toMatchObject(edit.patch)
      if (next.own) expect(ownSeen).toMatchObject(edit.patch)
      else if (noteSubscription) expect(noteSeen).toMatchObject(edit.patch)
    } else if (next.do === 'commit' || next.do === 'commit two at once' || next.do === 'commit the last') {
      // The last before the others: as after a shared transaction that failed.
      const batch =
        next.do === 'commit the last' ? unsaved().slice(-1) : unsaved().slice(0, next.do === 'commit' ? 1 : 2)
      if (!batch.length) return
      const commits = batch.map(({ key, edit }) => source.save(key, [edit]))
      // One transaction.
      source.version = commits[0]!.to
      for (const one of batch) one.seq = source.version
      remember()
      tell({ from: commits[0]!.from, to: source.version }, batch, next.tell)
    } else if (next.do === 'tell late') {
      for (const message of late) message()
      late = []
    } else if (next.do === 'drop') {
      drop(unsaved().slice(-1))
    } else if (next.do === 'refresh') void live.feed.refresh()
    else if (next.do === 'hold') source.hold()
    else if (next.do === 'release') source.releaseOne()
    else if (next.do === 'release all') source.release()
    else if (next.do === 'observe') {
      if (noteSubscription) {
        noteSubscription.unsubscribe()
        noteSubscription = undefined
        noteSeen = undefined
        return
      }
      let loaded = false
      noteSubscription = live
        .record(() => note)
        .value$.subscribe((view) => {
          noteSeen = view
          // Until it has been read, only what this tab has laid over is known of it.
          loaded ||= live.state(recordName(note)).loaded
          if (loaded) sees(note, view)
        })
    } else if (next.do === 'switch account') {
      // An edit that was not saved by then cannot be saved any more.
      const lost = added.filter(({ seq }) => seq === undefined)
      source.use(accounts.find((account) => account !== source.session!.account))
      remember()
      drop(lost)
    } else if (next.do === 'other tab saves') {
      source.save(next.own ? { collection: 'users', id: source.session!.account } : note, [
        editOf({ [next.property]: next.value }),
      ])
      remember()
      if (next.heard) void live.feed.refresh()
    } else if (next.do === 'settle') {
      const key = next.own ? { collection: 'users', id: source.session!.account } : note
      const front = source.lane(key).edits[0]
      if (!front) return
      source.settle(key, [front.id], next.outcome)
      remember()
      if (next.heard) void live.feed.refresh()
    }
  }

  const check = () => {
    if (!live.feed.snapshot) return
    expect(ownOf(live).value$.value).toEqual(expected(ownKey()))
    expect(ownSeen).toEqual(expected(ownKey()))
    if (noteSubscription && live.state(recordName(note)).loaded) expect(noteSeen).toEqual(expected(note))
    expect((pending() ?? []).filter(({ id }) => dropped.has(id))).toEqual([])
    for (const one of emitted.splice(0)) expect(one.view).toEqual(one.expected)
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  }

  void live.feed.refresh()
  for (const next of steps) {
    take(next)
    check()
    await turns(1)
    check()
  }

  // At rest: everything that was said has been heard.
  for (const message of late) message()
  drop(unsaved())
  source.release()
  await turns(4)
  await live.feed.refresh()
  await turns(2)
  check()
  const left = [...source.snapshotNow({ records: [() => note, ownKey], fatesAfter: 0 }).lanes].flatMap(
    ({ edits }) => edits,
  )
  expect(live.status$.value.pending).toBe(left.length)
  expect(pendingIds.at(-1)?.toSorted()).toEqual(left.map(({ id }) => id).toSorted())
  live.close()
}

test('observers see each edit at once, lose none, and never go back, however saves and snapshots fall', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 80, size: 'max' }), play), {
    numRuns: 300,
  })
})
