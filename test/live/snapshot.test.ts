/* The newest snapshot of the database, for all streams at once: which one is read, and when none needs to be (R8). */
import { expect, test } from 'vitest'
import { createFrames, type Frames } from '../../src/live/frames.js'
import { createSnapshotFeed, recordName, type SnapshotFeed } from '../../src/live/snapshot.js'
import type { Snapshot } from '../../src/store/snapshot-data.js'
import { editOf, MemorySource } from '../support/memory-source.js'
import { turns } from '../support/fake-clock.js'

const ann = { collection: 'users', id: 'ann' }
const bob = { collection: 'users', id: 'bob' }
const note = { collection: 'notes', id: '1' }
const ofNote = () => note

function feedOn(
  source: MemorySource,
  frames: Frames = createFrames(source.clock),
): { feed: SnapshotFeed; told: string[] } {
  const told: string[] = []
  const feed = createSnapshotFeed({
    read: (request) => source.readSnapshot(request),
    onSnapshot: ({ version, session }: Snapshot, accountChanged) =>
      told.push(`${version} ${session?.account ?? '-'}${accountChanged ? ' new' : ''}`),
    frames,
    onAdvance: (saved) => told.push(`advance ${saved.flatMap(({ edits }) => edits).length}`),
  })
  // As the streams observe the account's own record.
  feed.observe(source.ownRecord)
  return { feed, told }
}

const baseOf = (feed: SnapshotFeed, key: typeof ann) => feed.lane(recordName(key))?.row.base

test('the first snapshot has the own record and those observed before, in one read', async () => {
  const source = new MemorySource('ann')
  source.confirm(ann, { name: 'Ann' })
  source.confirm(note, { text: 'hi' })
  const { feed, told } = feedOn(source)
  feed.observe(ofNote)

  await feed.refresh()

  expect(baseOf(feed, ann)).toEqual({ name: 'Ann' })
  expect(baseOf(feed, note)).toEqual({ text: 'hi' })
  expect(told).toEqual(['3 ann new'])
  expect(source.reads).toBe(1)
})

test('calls during a read share one more read, which begins after them', async () => {
  const source = new MemorySource('ann')
  const { feed } = feedOn(source)
  await feed.refresh()
  const before = source.reads
  source.hold()
  const first = feed.refresh()
  source.confirm(ann, { name: 'Ann' })
  const others = [feed.refresh(), feed.refresh(), feed.refresh()]
  source.release()

  await first
  expect(baseOf(feed, ann)).toBeUndefined()

  await Promise.all(others)
  expect(baseOf(feed, ann)).toEqual({ name: 'Ann' })
  expect(source.reads - before).toBe(2)
})

test('a failed read rejects to its caller, and the next one goes on', async () => {
  const source = new MemorySource('ann')
  const { feed } = feedOn(source)
  source.fail(true)
  await expect(feed.refresh()).rejects.toThrow('storage has trouble')

  source.fail(false)
  await feed.refresh()

  expect(feed.snapshot?.version).toBe(1)
})

test('after a loss the fates are asked for from the first on, also where a read was under way', async () => {
  const source = new MemorySource('ann')
  const [one, two] = [editOf({ name: 'one' }), editOf({ name: 'two' })]
  source.save(ann, [one, two])
  source.settle(ann, [one.id], 'accepted')
  source.settle(ann, [two.id], 'accepted')
  const { feed } = feedOn(source)
  await feed.refresh()

  source.hold()
  const reading = feed.refresh()
  feed.lost()
  source.release()
  await reading
  await feed.refresh()

  expect(source.requests.map(({ fatesAfter }) => fatesAfter)).toEqual([Infinity, 2, 0, 2])
})

test('a snapshot of a lower version is dropped', async () => {
  const source = new MemorySource('ann')
  source.version = 5
  const { feed, told } = feedOn(source)
  await feed.refresh()
  source.version = 4

  await feed.refresh()

  expect(feed.snapshot?.version).toBe(5)
  expect(told).toEqual(['5 ann new'])
})

test('a read that a save of this tab overtakes is made again', async () => {
  const source = new MemorySource('ann')
  const { feed, told } = feedOn(source)
  await feed.refresh()
  const before = source.reads
  source.hold()
  const refreshed = feed.refresh()
  const edit = editOf({ name: 'Ann' })
  feed.advance({ ...source.save(ann, [edit]), saved: [{ key: ann, edits: [edit] }] })
  source.release()
  await refreshed

  expect(source.reads - before).toBe(2)
  expect(told.slice(1)).toEqual(['advance 1', '2 ann'])
  expect(feed.lane(recordName(ann))?.edits).toHaveLength(1)
})

test('a save of this tab is taken over with no read', async () => {
  const source = new MemorySource('ann')
  const { feed } = feedOn(source)
  await feed.refresh()
  const before = source.reads
  const edits = [editOf({ name: 'A' }, { atMs: 7 }), editOf({ name: 'B' }, { atMs: 8 })]

  feed.advance({ ...source.save(ann, edits), saved: [{ key: ann, edits }] })

  expect(source.reads).toBe(before)
  expect(feed.snapshot).toMatchObject({ version: 2, counts: { pending: 2, total: 2, sent: 0 }, oldestPendingAtMs: 7 })
  expect(feed.lane(recordName(ann))?.edits).toEqual(edits)
})

test('a save of an observed record that no snapshot has yet, as where its row is damaged, is read and not taken over', async () => {
  const source = new MemorySource('ann')
  const { feed, told } = feedOn(source)
  let isDamaged = true
  const readSnapshot = source.readSnapshot.bind(source)
  source.readSnapshot = async (request) => {
    const snapshot = await readSnapshot(request)
    return { ...snapshot, lanes: snapshot.lanes.filter(({ key }) => !isDamaged || key.id !== note.id) }
  }
  feed.observe(ofNote)
  await feed.refresh()
  const edit = editOf({ text: 'A' })

  // The save puts a sound row in its place.
  isDamaged = false
  feed.advance({ ...source.save(note, [edit]), saved: [{ key: note, edits: [edit] }] })
  await turns()

  expect(told).toEqual(['1 ann new', '2 ann'])
  expect(feed.lane(recordName(note))?.edits).toEqual([edit])
})

test('a save after which the queue is not empty any more starts the count of sent edits anew', async () => {
  const source = new MemorySource('ann')
  const { feed } = feedOn(source)
  const readSnapshot = source.readSnapshot.bind(source)
  source.readSnapshot = async (request) => {
    const snapshot = await readSnapshot(request)
    return { ...snapshot, counts: { pending: 0, sent: 4, total: 4, faults: 0 } }
  }
  await feed.refresh()
  const edit = editOf({ name: 'A' })

  feed.advance({ ...source.save(ann, [edit]), saved: [{ key: ann, edits: [edit] }] })

  expect(feed.snapshot?.counts).toMatchObject({ pending: 1, sent: 0, total: 1 })
})

test('a save on a version that this tab has not seen is read', async () => {
  const source = new MemorySource('ann')
  const { feed, told } = feedOn(source)
  await feed.refresh()
  source.save(ann, [editOf({ age: 1 })])
  const edit = editOf({ name: 'A' })

  feed.advance({ ...source.save(ann, [edit]), saved: [{ key: ann, edits: [edit] }] })
  await turns()

  expect(told).toEqual(['1 ann new', '3 ann'])
  expect(feed.lane(recordName(ann))?.edits.map(({ patch }) => patch)).toEqual([{ age: 1 }, { name: 'A' }])
})

test('a transaction that did more than save is read; one that the snapshot has is not', async () => {
  const source = new MemorySource('ann')
  const { feed, told } = feedOn(source)
  await feed.refresh()
  const commit = source.confirm(ann, { name: 'Ann' })
  feed.advance(commit)
  await turns()
  expect(told).toEqual(['1 ann new', '2 ann'])
  const before = source.reads

  feed.advance(commit)
  await turns()

  expect(source.reads).toBe(before)
})

test('a record is read when first observed, and no more when nobody does', async () => {
  const source = new MemorySource('ann')
  source.confirm(note, { text: 'hi' })
  const { feed } = feedOn(source)
  await feed.refresh()
  const askedFor = () => source.requests.at(-1)!.records.map((of) => of('ann'))
  const [one, two] = [feed.observe(ofNote), feed.observe(ofNote)]
  await turns()
  expect(baseOf(feed, note)).toEqual({ text: 'hi' })

  one()
  await feed.refresh()
  expect(askedFor()).toEqual([ann, note])

  two()
  await feed.refresh()
  expect(askedFor()).toEqual([ann])
})

test('a snapshot without a record that came to be observed during the read is not shown', async () => {
  const source = new MemorySource('ann')
  source.confirm(note, { text: 'hi' })
  const { feed } = feedOn(source)
  await feed.refresh()
  const release = feed.observe(ofNote)
  await turns()
  release()
  const lanes: unknown[] = []
  source.hold()
  const refreshed = feed.refresh()
  feed.observe(ofNote)
  while (source.waiting) {
    source.releaseOne()
    await turns()
    lanes.push(baseOf(feed, note))
  }
  await refreshed

  expect(lanes.length).toBeGreaterThan(1)
  expect(lanes).toEqual(lanes.map(() => ({ text: 'hi' })))
})

test('another account is shown with its own record at once, and with nothing of the one before', async () => {
  const source = new MemorySource('ann')
  source.confirm(ann, { name: 'Ann' })
  const { feed, told } = feedOn(source)
  feed.observe(() => ann)
  await feed.refresh()
  const { to } = source.use('bob')
  source.confirm(bob, { name: 'Bob' })

  await feed.refresh()

  expect(baseOf(feed, bob)).toEqual({ name: 'Bob' })
  expect(baseOf(feed, ann)).toBeUndefined()
  expect(told).toEqual(['2 ann new', `${to + 1} bob new`])
})

test('fates are asked for from where the first snapshot stood', async () => {
  const source = new MemorySource('ann')
  const [old, fresh] = [editOf({ name: 'A' }), editOf({ name: 'B' })]
  source.save(ann, [old, fresh])
  source.settle(ann, [old.id], 'accepted')
  const { feed } = feedOn(source)
  await feed.refresh()
  expect(feed.snapshot?.fates).toEqual([])

  source.settle(ann, [fresh.id], 'accepted')
  await feed.refresh()
  expect(feed.snapshot?.fates.map(({ editIds }) => editIds)).toEqual([[fresh.id]])

  await feed.refresh()
  expect(feed.snapshot?.fates).toEqual([])
})

test('streams show changes of the sender once a frame while requests are out, and all other changes at once', async () => {
  const source = new MemorySource('ann')
  const frames = createFrames(source.clock)
  const { feed } = feedOn(source, frames)
  await feed.refresh()
  frames.sending(true)
  const unhurried = () => ({ ...source.confirm(ann, { name: 'Ann' }), unhurried: true as const })

  feed.advance(unhurried())
  await turns()
  for (let n = 0; n < 5; n++) feed.advance(unhurried())
  await turns()
  expect(source.reads).toBe(2)
  await source.clock.advance(16)
  expect(source.reads).toBe(3)
  expect(feed.snapshot?.version).toBe(source.version)

  feed.advance(unhurried())
  feed.advance(source.confirm(ann, { name: 'Anna' }))
  await turns()
  expect(feed.snapshot?.version).toBe(source.version)
  // The frame's changes have been read by then.
  const { reads } = source
  await source.clock.advance(16)
  expect(source.reads).toBe(reads)
})
