import { config, type Observable } from 'rxjs'
import { afterEach, describe, expect, test } from 'vitest'
import { createLive, type LiveViews } from '../../src/live/live.js'
import { recordName } from '../../src/live/snapshot.js'
import type { QueuedEdit } from '../../src/model/edit.js'
import type { SenderState } from '../../src/model/sender-state.js'
import type { Failure } from '../../src/model/failure.js'
import type { Properties, RecordKey } from '../../src/model/record.js'
import { turns } from '../support/fake-clock.js'
import { editOf, MemorySource } from '../support/memory-source.js'
import { newest } from '../support/newest.js'

const ann = { collection: 'users', id: 'ann' }
const bob = { collection: 'users', id: 'bob' }
const note = { collection: 'notes', id: '1' }
const idle: SenderState = { sending: false, online: true }

/** The account's own record. */
const ownOf = (live: LiveViews) => live.record((account) => ({ collection: 'users', id: account }))

/** Every value that the observable emits. */
function seen<T>(stream: { subscribe(next: (value: T) => void): unknown }): T[] {
  const values: T[] = []
  stream.subscribe((value) => values.push(value))
  return values
}

async function opened(source: MemorySource): Promise<LiveViews> {
  const live = createLive(source)
  await live.feed.refresh()
  return live
}

/** Views of Ann's database, in which the backend has confirmed these values of her record. */
async function openedWith(confirmed?: Properties): Promise<{ source: MemorySource; live: LiveViews }> {
  const source = new MemorySource('ann')
  if (confirmed) source.confirm(ann, confirmed)
  return { source, live: await opened(source) }
}

/** As the client does it: shows the edits, saves them in one transaction, and tells. */
function save(live: LiveViews, source: MemorySource, key: RecordKey, ...edits: QueuedEdit[]): void {
  for (const edit of edits) live.overlay.add(key, edit)
  store(live, source, key, ...edits)
}

function store(live: LiveViews, source: MemorySource, key: RecordKey, ...edits: QueuedEdit[]): void {
  live.committed({ ...source.save(key, edits), saved: [{ key, edits }] })
}

afterEach(() => {
  config.onUnhandledError = null
})

describe('the view of a record', () => {
  test('G2: an observer sees the edit before the call returns', async () => {
    const { live } = await openedWith({ name: 'Ann', age: 1 })
    const views = seen(live.record(() => ann).value$)
    await turns()

    live.overlay.add(ann, editOf({ name: 'Anna' }))

    expect(views.at(-1)).toEqual({ name: 'Anna', age: 1 })
    expect(ownOf(live).value$.value).toEqual({ name: 'Anna', age: 1 })
  })

  test('does not change while its edit is saved, sent and accepted', async () => {
    const { source, live } = await openedWith({ name: 'Ann' })
    const views = seen(ownOf(live).value$)
    const edit = editOf({ name: 'Anna' })

    save(live, source, ann, edit)
    live.committed(source.attempt(ann, 1))
    await turns()
    live.committed(source.settle(ann, [edit.id], 'accepted'))
    await turns()

    expect(views).toEqual([{ name: 'Ann' }, { name: 'Anna' }])
  })

  test('G1: an edit that could not be saved leaves it as it was', async () => {
    const { live } = await openedWith({ name: 'Ann', age: 1 })
    const views = seen(ownOf(live).value$)
    const [kept, lost] = [editOf({ age: 2 }), editOf({ name: 'Anna', age: 3 })]
    live.overlay.add(ann, kept)
    live.overlay.add(ann, lost)

    live.overlay.drop([lost.id])

    expect(views.at(-1)).toEqual({ name: 'Ann', age: 2 })
    expect(live.status$.value.pending).toBe(1)
  })

  test('G6: a rejection takes out its own patch only', async () => {
    const { source, live } = await openedWith({ name: 'Ann', age: 1 })
    const [guilty, later] = [editOf({ name: '', age: 2 }), editOf({ age: 3 })]
    save(live, source, ann, guilty, later)
    const views = seen(ownOf(live).value$)

    live.committed(source.settle(ann, [guilty.id], 'rejected'))
    await turns()

    expect(views).toEqual([
      { name: '', age: 3 },
      { name: 'Ann', age: 3 },
    ])
  })

  test('an edit that takes the place of another hides it, also when it comes to nothing', async () => {
    const { source, live } = await openedWith({ name: 'Ann', age: 1 })
    const [typed, retyped] = [editOf({ name: 'A', age: 2 }), editOf({ name: 'An' })]
    save(live, source, ann, typed)

    live.overlay.add(ann, retyped, typed.id)
    expect(ownOf(live).value$.value).toEqual({ name: 'An', age: 1 })
    expect(live.status$.value).toMatchObject({ pending: 1, total: 1 })

    live.overlay.drop([retyped.id])
    expect(ownOf(live).value$.value).toEqual({ name: 'A', age: 2 })
  })

  test('an accepted value that a later edit covers is not shown', async () => {
    const source = new MemorySource('ann')
    source.confirm(ann, { name: 'new' })
    source.save(ann, [editOf({ name: 'old', age: 2 }, { covered: ['name'] })])
    const live = await opened(source)

    expect(ownOf(live).value$.value).toEqual({ name: 'new', age: 2 })
    expect(ownOf(live).fields$.value).toEqual({ age: { state: 'pending' } })
  })

  test('is undefined until the record has a base or a pending edit', async () => {
    const live = await opened(new MemorySource('ann'))
    const views = seen(live.record(() => note).value$)
    await turns()

    live.overlay.add(note, editOf({ text: 'hi' }))

    expect(views).toEqual([undefined, { text: 'hi' }])
  })

  test('edits of other records cost its observers nothing', async () => {
    const { source, live } = await openedWith()
    const views = seen(live.record(() => note).value$)
    await turns()
    const before = source.reads

    for (let id = 0; id < 1000; id++)
      live.overlay.add({ collection: 'notes', id: `other ${id}` }, editOf({ text: 'x' }))

    expect(views).toEqual([undefined])
    expect(source.reads).toBe(before)
    expect(live.status$.value.pending).toBe(1000)
  })

  test('an edit of a record that nobody observes leaves the overlay with its save', async () => {
    const { source, live } = await openedWith()
    const edit = editOf({ text: 'x' })
    live.overlay.add(note, edit)
    const commit = source.save(note, [edit])
    source.settle(note, [edit.id], 'accepted')
    await live.feed.refresh()

    live.committed({ ...commit, saved: [{ key: note, edits: [edit] }] })

    expect(live.status$.value.pending).toBe(0)
  })

  test('G2: an edit stays in sight when it is saved while the first read of its record is under way', async () => {
    const { source, live } = await openedWith()
    source.hold()
    const values = seen(live.record(() => note).value$)
    const edit = editOf({ text: 'x' })
    save(live, source, note, edit)
    source.release()
    await turns(3)

    expect(values).toEqual([undefined, { text: 'x' }])
    expect(live.status$.value.pending).toBe(1)
  })

  test('an observer may make an edit inside its callback', async () => {
    const { live } = await openedWith({ name: 'ann' })
    const trim = editOf({ name: 'Ann' })
    ownOf(live).value$.subscribe((view) => {
      if (view?.['name'] === ' Ann') live.overlay.add(ann, trim)
    })
    const views = seen(ownOf(live).value$)

    live.overlay.add(ann, editOf({ name: ' Ann' }))

    expect(views).toEqual([{ name: 'ann' }, { name: 'Ann' }])
  })

  test('an observer that throws stops neither others nor the edit', async () => {
    const { live } = await openedWith()
    const thrown = new Promise((resolve) => (config.onUnhandledError = resolve))
    ownOf(live).value$.subscribe((view) => {
      if (view) throw new Error('of the app')
    })
    const views = seen(ownOf(live).value$)

    live.overlay.add(ann, editOf({ name: 'Ann' }))

    expect(views.at(-1)).toEqual({ name: 'Ann' })
    await thrown
  })
})

describe('the values that a new edit is made on', () => {
  test('is the base, the view, and the properties that pending edits change', async () => {
    const source = new MemorySource('ann')
    source.confirm(ann, { name: 'Ann', age: 1 })
    source.save(ann, [editOf({ name: 'A' }), editOf({ name: 'B' })])
    const live = await opened(source)
    live.overlay.add(ann, editOf({ age: 2, name: 'C' }))
    live.overlay.add(ann, editOf({ age: 3 }))

    const { loaded, base, view, pending } = live.state(recordName(ann))

    expect(loaded).toBe(true)
    expect(base).toEqual({ name: 'Ann', age: 1 })
    expect(view).toEqual({ name: 'C', age: 3 })
    expect([...pending]).toEqual(['name', 'age'])
  })

  test('says when the record is not looked at', async () => {
    const source = new MemorySource('ann')
    source.confirm(note, { text: 'hi' })
    const live = await opened(source)

    expect(live.state(recordName(note))).toEqual({
      loaded: false,
      base: undefined,
      view: undefined,
      pending: new Set(),
    })
  })
})

describe('fields', () => {
  test('are pending, refused, or confirmed and absent', async () => {
    const { source, live } = await openedWith({ name: 'Ann', age: 1, city: 'X' })
    const guilty = editOf({ name: '', age: 2 })
    save(live, source, ann, guilty)
    expect(ownOf(live).fields$.value).toEqual({ name: { state: 'pending' }, age: { state: 'pending' } })

    live.committed(source.settle(ann, [guilty.id], 'rejected'))
    await turns()
    const refused = { state: 'refused', fault: { id: 'fault-1' } }
    expect(ownOf(live).fields$.value).toMatchObject({ name: refused, age: refused })

    live.overlay.add(ann, editOf({ name: 'Anna' }))
    expect(ownOf(live).fields$.value).toMatchObject({ name: { state: 'pending' }, age: refused })
  })

  test('a refused one that the user has written again since is not shown as refused', async () => {
    const source = new MemorySource('ann')
    const guilty = editOf({ name: '', age: 2 })
    source.save(ann, [guilty])
    source.settle(ann, [guilty.id], 'rejected')
    source.faults[0]!.overtaken = ['name']
    const live = await opened(source)

    expect(Object.keys(ownOf(live).fields$.value)).toEqual(['age'])
  })

  test('faults of other records are none of theirs', async () => {
    const source = new MemorySource('ann')
    const guilty = editOf({ text: '' })
    source.save(note, [guilty])
    source.settle(note, [guilty.id], 'rejected')
    const live = await opened(source)

    expect(ownOf(live).fields$.value).toEqual({})
  })

  test('no emission for an edit that leaves them as they are', async () => {
    const live = await opened(new MemorySource('ann'))
    const states = seen(ownOf(live).fields$)

    live.overlay.add(ann, editOf({ name: 'A' }))
    live.overlay.add(ann, editOf({ name: 'B' }))

    expect(states).toEqual([{}, { name: { state: 'pending' } }])
  })
})

describe('the session', () => {
  const failure: Failure = { kind: 'auth', code: 3064, message: 'expired' }

  test('opens, expires, and ends', async () => {
    const source = new MemorySource('ann')
    const live = createLive(source)
    const states = seen(live.session$)
    await live.feed.refresh()
    source.session!.expired = failure
    source.version++
    await live.feed.refresh()
    source.use(undefined)
    await live.feed.refresh()

    expect(states).toEqual([
      { state: 'opening' },
      { state: 'signed-in', account: 'ann' },
      { state: 'expired', account: 'ann', failure },
      { state: 'signed-out' },
    ])
  })

  test('G10: after a change of account nothing of the one before is shown, edits on their way included', async () => {
    const source = new MemorySource('ann')
    source.confirm(ann, { name: 'Ann' })
    source.confirm(note, { text: 'of Ann' })
    const live = await opened(source)
    const own = seen(ownOf(live).value$)
    const notes = seen(live.record(() => note).value$)
    const lists = seen(live.pending$)
    await turns()
    live.overlay.add(note, editOf({ text: 'on its way' }))
    save(live, source, ann, editOf({ name: 'Anna' }))
    await turns()
    const before = [own.length, notes.length, lists.length]
    source.use('bob')
    source.confirm(bob, { name: 'Bob' })

    await live.feed.refresh()
    await turns()

    expect(own.slice(before[0])).toEqual([{ name: 'Bob' }])
    expect(notes.slice(before[1])).toEqual([undefined])
    expect(lists.slice(before[2])).toEqual([[]])
    expect(live.status$.value).toMatchObject({ pending: 0, total: 0 })
  })

  test('observers of one stream find the others as new as their own', async () => {
    const source = new MemorySource('ann')
    source.confirm(ann, { name: 'Ann' })
    const live = createLive(source)
    const together: unknown[] = []
    live.session$.subscribe(({ state }) => together.push([state, ownOf(live).value$.value, live.status$.value.phase]))

    await live.feed.refresh()

    expect(together).toEqual([
      ['opening', undefined, 'opening'],
      ['signed-in', { name: 'Ann' }, 'idle'],
    ])
  })
})

describe('status and storage', () => {
  test('follow the sender and the caller', async () => {
    const { live } = await openedWith()
    const phases = seen(live.status$).map(({ phase }) => phase)
    live.status$.subscribe(({ phase }) => phases.push(phase))
    const storage = seen(live.storage$)

    live.senderChanged({ ...idle, online: false })
    live.senderChanged({ ...idle, online: true, lastReplyAtMs: 9 })
    live.storageChanged('full')
    live.storageChanged('ok')

    expect(phases).toEqual(['idle', 'idle', 'offline', 'idle'])
    expect(live.status$.value.lastReplyAtMs).toBe(9)
    expect(storage).toEqual(['ok', 'full', 'ok'])
  })
})

describe('faults', () => {
  const refuse = (source: MemorySource) => {
    const edit = editOf({ name: '' })
    source.save(ann, [edit])
    return source.settle(ann, [edit.id], 'rejected')
  }

  test('G7: those open before a subscription are replayed, each later one comes once', async () => {
    const source = new MemorySource('ann')
    refuse(source)
    const live = createLive(source)
    const early = seen(live.faults.events$)
    await live.feed.refresh()
    const late = seen(live.faults.events$)
    live.committed(refuse(source))
    await turns()
    await live.feed.refresh()

    const told = [
      { fault: { id: 'fault-1' }, replayed: true },
      { fault: { id: 'fault-2' }, replayed: false },
    ]
    expect(early).toMatchObject(told)
    expect(late).toMatchObject(told)
    expect(early).toHaveLength(2)
    expect(late).toHaveLength(2)
  })

  test('the open ones are those of the snapshot, frozen', async () => {
    const source = new MemorySource('ann')
    refuse(source)
    const live = await opened(source)
    expect(live.faults.open$.value.map(({ id }) => id)).toEqual(['fault-1'])
    expect(Object.isFrozen(live.faults.open$.value[0]!.mine)).toBe(true)

    live.committed(source.closeFault('fault-1'))
    await turns()

    expect(live.faults.open$.value).toEqual([])
    expect(live.status$.value.faults).toBe(0)
  })

  test('those of another account are old ones when it logs in', async () => {
    const source = new MemorySource('ann')
    refuse(source)
    source.use('bob')
    const live = await opened(source)
    const events = seen(live.faults.events$)

    source.use('ann')
    await live.feed.refresh()

    expect(events).toMatchObject([{ replayed: true }])
  })

  test('are read again after a save only where it says that it has changed one', async () => {
    const source = new MemorySource('ann')
    refuse(source)
    const live = await opened(source)
    const before = source.reads

    save(live, source, ann, editOf({ name: 'Anna' }))
    await turns()
    expect(source.reads).toBe(before)

    source.faults[0]!.overtaken = ['name']
    live.committed(source.save(ann, [editOf({ name: 'Anna' })]))
    await turns()
    expect(live.faults.open$.value[0]!.overtaken).toEqual(['name'])
  })
})

describe('pending edits', () => {
  test('are not read while nobody subscribes', async () => {
    const source = new MemorySource('ann')
    source.save(ann, [editOf({ name: 'A' })])
    const live = await opened(source)
    save(live, source, ann, editOf({ name: 'B' }))
    await live.feed.refresh()

    expect(live.pending$).not.toHaveProperty('value')
    expect(source.pendingReads).toBe(0)
    expect(live.status$.value.pending).toBe(2)
  })

  test('come in the order of saving once they are read, of all records, and with what this tab adds; times do not count', async () => {
    const source = new MemorySource('ann')
    const [one, two, three] = [
      editOf({ name: 'A' }, { atMs: 1 }),
      editOf({ text: 'B' }, { atMs: 2, meta: { form: 1 } }),
      editOf({ name: 'C' }, { atMs: 3 }),
    ]
    source.save(note, [two])
    source.save(ann, [one])
    const live = await opened(source)
    const lists = seen(live.pending$)
    expect(lists).toEqual([])
    await turns()
    live.overlay.add(ann, three)
    await turns()

    const item = (key: RecordKey, { id, patch, atMs, meta }: QueuedEdit) => {
      return { id, key, op: 'update', patch, meta, state: 'queued', attempts: 0, atMs }
    }
    expect(lists).toEqual([
      [item(note, two), item(ann, one)],
      [item(note, two), item(ann, one), item(ann, three)],
    ])
  })

  test('a burst is told as one', async () => {
    const { live } = await openedWith()
    const lists = seen(live.pending$)
    await turns()

    for (let n = 0; n < 100; n++) live.overlay.add(ann, editOf({ n }))
    await turns()

    expect(lists.map(({ length }) => length)).toEqual([0, 100])
  })

  test('one that is saved does not leave the list before it settles', async () => {
    const { source, live } = await openedWith()
    const lists = seen(live.pending$)
    await turns()
    const edit = editOf({ name: 'A' })
    save(live, source, ann, edit)
    await turns()
    live.committed(source.attempt(ann, 1))
    await turns()
    live.committed(source.settle(ann, [edit.id], 'accepted'))
    await turns()

    expect(lists.map((list) => list.map(({ id }) => id))).toEqual([[], [edit.id], [edit.id], []])
  })

  test('say what is being sent, how often it was tried, and what is held', async () => {
    const source = new MemorySource('ann')
    source.save(ann, [editOf({ a: 1 }, { atMs: 1 }), editOf({ b: 1 }, { atMs: 2 }), editOf({ c: 1 }, { atMs: 3 })])
    source.attempt(ann, 2, 3)
    const live = await opened(source)
    const pending = newest(live.pending$)
    await turns()
    const states = () => pending()!.map(({ state, attempts }) => [state, attempts])
    expect(states()).toEqual([
      ['queued', 3],
      ['queued', 3],
      ['queued', 0],
    ])

    live.senderChanged({ ...idle, sending: true })
    expect(states()).toEqual([
      ['sending', 3],
      ['sending', 3],
      ['queued', 0],
    ])

    live.senderChanged({ ...idle, hold: { kind: 'configuration', message: 'no such app' } })
    expect(states().map(([state]) => state)).toEqual(['held', 'held', 'held'])
  })

  test('are held while the session is expired', async () => {
    const source = new MemorySource('ann')
    source.save(ann, [editOf({ a: 1 })])
    source.session!.expired = { kind: 'auth', message: 'expired' }
    const live = await opened(source)
    const pending = newest(live.pending$)
    await turns()

    expect(pending()!.map(({ state }) => state)).toEqual(['held'])
  })

  test('an empty list comes at once when nobody is logged in', async () => {
    const live = await opened(new MemorySource())
    const lists = seen(live.pending$)
    await turns()

    expect(lists).toEqual([[]])
  })

  test('are read anew for the next subscriber when the last one has gone', async () => {
    const source = new MemorySource('ann')
    source.save(ann, [editOf({ a: 1 }, { id: 'one' })])
    const live = await opened(source)
    const subscription = live.pending$.subscribe()
    await turns()
    subscription.unsubscribe()
    source.settle(ann, ['one'], 'accepted')
    await live.feed.refresh()

    const lists = seen(live.pending$)
    expect(lists).toEqual([])
    await turns()

    expect(lists).toEqual([[]])
  })
})

describe('a settlement', () => {
  test('is accepted with the record as confirmed, later edits left out', async () => {
    const { source, live } = await openedWith({ name: 'Ann', age: 1 })
    const [first, later] = [editOf({ name: 'Anna' }), editOf({ age: 2 })]
    save(live, source, ann, first, later)
    const settlement = live.settlement(first.id)
    live.committed(source.settle(ann, [first.id], 'accepted'))

    await expect(settlement).resolves.toMatchObject({ outcome: 'accepted', value: { name: 'Anna', age: 1 } })
    expect(Object.isFrozen(await settlement)).toBe(true)
    expect(source.lookUps).toBe(0)
  })

  test('of a record that nobody looks at has its state too, read once for all that settled together', async () => {
    const source = new MemorySource('ann')
    const keys = ['1', '2', '3'].map((id) => ({ collection: 'notes', id }))
    const live = await opened(source)
    const edits = keys.map((key, n) => {
      const edit = editOf({ n })
      save(live, source, key, edit)
      return edit
    })
    const settlements = edits.map(({ id }) => live.settlement(id))
    keys.forEach((key, n) => source.settle(key, [edits[n]!.id], 'accepted'))
    const before = source.reads

    await live.feed.refresh()

    expect(await Promise.all(settlements)).toMatchObject([0, 1, 2].map((n) => ({ outcome: 'accepted', value: { n } })))
    expect(source.reads - before).toBe(2)
  })

  test('is rejected with its fault', async () => {
    const { source, live } = await openedWith()
    const edit = editOf({ name: '' })
    save(live, source, ann, edit)
    const settlement = live.settlement(edit.id)
    live.committed(source.settle(ann, [edit.id], 'rejected'))

    await expect(settlement).resolves.toMatchObject({
      outcome: 'rejected',
      fault: { id: 'fault-1', mine: { name: '' } },
    })
  })

  test('is discarded', async () => {
    const { source, live } = await openedWith()
    const edit = editOf({ name: '' })
    save(live, source, ann, edit)
    const settlement = live.settlement(edit.id)
    live.committed(source.settle(ann, [edit.id], 'discarded'))

    await expect(settlement).resolves.toEqual({ outcome: 'discarded', key: ann, op: 'update' })
  })

  test('of an edit of an earlier visit is found: pending, settled, or never seen', async () => {
    const source = new MemorySource('ann')
    const [done, waits] = [editOf({ name: 'A' }), editOf({ name: 'B' })]
    source.save(ann, [done, waits])
    source.settle(ann, [done.id], 'accepted')
    const live = createLive(source)
    const settlements = [live.settlement(done.id), live.settlement(waits.id), live.settlement('never-0')]
    expect(live.settlement(waits.id)).toBe(settlements[1])
    await live.feed.refresh()

    await expect(settlements[0]).resolves.toMatchObject({ outcome: 'accepted', value: { name: 'A' } })
    await expect(settlements[2]).resolves.toEqual({ outcome: 'unknown' })

    await turns()
    live.committed(source.settle(ann, [waits.id], 'accepted'))
    await expect(settlements[1]).resolves.toMatchObject({ outcome: 'accepted', value: { name: 'B' } })
  })

  test('whose fault was resolved since is unknown', async () => {
    const source = new MemorySource('ann')
    const edit = editOf({ name: '' })
    source.save(ann, [edit])
    source.settle(ann, [edit.id], 'rejected')
    source.closeFault('fault-1')
    const live = await opened(source)

    await expect(live.settlement(edit.id)).resolves.toEqual({ outcome: 'unknown' })
  })

  test('is looked up again after storage trouble', async () => {
    const source = new MemorySource('ann')
    const edit = editOf({ name: 'A' })
    source.save(ann, [edit])
    source.settle(ann, [edit.id], 'accepted')
    const live = await opened(source)
    source.fail(true)
    const settlement = live.settlement(edit.id)
    await turns()
    source.fail(false)
    await live.feed.refresh()

    await expect(settlement).resolves.toMatchObject({ outcome: 'accepted', value: { name: 'A' } })
  })

  test('G10: shows nothing of the account to the one that came after it', async () => {
    const { source, live } = await openedWith()
    const [good, bad] = [editOf({ name: 'A' }), editOf({ name: '' })]
    save(live, source, ann, good, bad)
    const settlements = [live.settlement(good.id), live.settlement(bad.id)]
    source.settle(ann, [good.id], 'accepted')
    source.settle(ann, [bad.id], 'rejected')
    source.use('bob')
    await live.feed.refresh()

    await expect(settlements[0]).resolves.toMatchObject({ outcome: 'accepted', value: null })
    await expect(settlements[1]).resolves.toEqual({ outcome: 'unknown' })
  })

  test('of an edit that could not be saved, and of all on close, is unknown', async () => {
    const live = await opened(new MemorySource('ann'))
    const [lost, open] = [editOf({ name: 'A' }), editOf({ name: 'B' })]
    live.overlay.add(ann, lost)
    live.overlay.add(ann, open)
    const settlements = [live.settlement(lost.id), live.settlement(open.id)]
    live.overlay.drop([lost.id])
    await expect(settlements[0]).resolves.toEqual({ outcome: 'unknown' })

    live.close()

    await expect(settlements[1]).resolves.toEqual({ outcome: 'unknown' })
    await expect(live.settlement(open.id)).resolves.toEqual({ outcome: 'unknown' })
  })
})

describe('close', () => {
  test('completes every stream, those of later subscribers too', async () => {
    const { live } = await openedWith()
    const streams: Observable<unknown>[] = [
      live.session$,
      live.status$,
      live.storage$,
      live.pending$,
      live.faults.open$,
      live.faults.events$,
      ownOf(live).value$,
      ownOf(live).fields$,
      live.record(() => note).value$,
    ]
    let completed = 0
    const subscribe = () => {
      for (const stream of streams) stream.subscribe({ complete: () => completed++ })
    }
    subscribe()
    await turns()

    live.close()
    expect(completed).toBe(streams.length)

    subscribe()
    expect(completed).toBe(2 * streams.length)
  })

  test('nothing is emitted after it, by a read that was under way', async () => {
    const source = new MemorySource('ann')
    const live = createLive(source)
    const states = seen(live.session$)
    source.hold()
    const refreshed = live.feed.refresh()
    live.close()
    source.release()
    await refreshed

    expect(states).toEqual([{ state: 'opening' }])
  })
})
