// R8: the newest snapshot of the database, and the saves of this tab that need no new one.
import { recordName, type RecordOf } from '../model/record.js'
import type { Commit, SavedEdits } from '../store/commit.js'
import type { StoredLane } from '../store/rows.js'
import type { Snapshot, SnapshotRequest } from '../store/snapshot-data.js'
import { coalesce } from './coalesce.js'
import { createListed, type Listed } from './listed.js'
import type { Frames } from './frames.js'

export { recordName }

export interface SnapshotSource {
  read(request: SnapshotRequest): Promise<Snapshot>
  /**
   * A newer snapshot is in place; the first one counts as a change of account. `changed`: the names of the records that it may show
   * otherwise than the one before.
   */
  onSnapshot(snapshot: Snapshot, accountChanged: boolean, changed: Set<string>): void
  /** The snapshot took over a save of this tab, with no read. */
  onAdvance(saved: readonly SavedEdits[]): void
  frames: Pick<Frames, 'next'>
}

export interface SnapshotFeed {
  /** The newest one; undefined until the first has been read. */
  readonly snapshot: Snapshot | undefined
  /** The session account's lane of a record, if it is looked at. */
  lane(name: string): StoredLane | undefined
  /** Observes a record from now on, until the caller calls the returned function. */
  observe(of: RecordOf): () => void
  /** The collections that are observed as a whole. */
  readonly listed: Pick<Listed, 'of' | 'collections' | 'observed' | 'onObserve'>
  /** Observes all records of a collection from now on, until the caller calls the returned function. */
  observeList(collection: string): () => void
  /** Resolves when a snapshot read after this call is in place; rejects when it cannot be read. */
  refresh(): Promise<void>
  /**
   * For an unhurried commit, of this tab or another one: once a frame, while requests are out. Resolves after a look for a
   * snapshot of that version, or of a later one.
   */
  follow(version: number): Promise<void>
  /** To be called after each completed transaction of this tab. */
  advance(commit: Commit): void
  /** Another database has taken the place of the one that was read. */
  lost(): void
}

export function createSnapshotFeed(source: SnapshotSource): SnapshotFeed {
  const { read, onSnapshot, onAdvance, frames } = source
  let snapshot: Snapshot | undefined
  let lanes = new Map<string, StoredLane>()
  let account: string | undefined
  // No fates at first: nobody can await one that was written before.
  let lastFate = Infinity
  /** How many observe each record. */
  const observed = new Map<RecordOf, number>()
  /** The records that are observed, and that the snapshot does not have: not read yet, or not readable. */
  const awaited = new Set<string>()
  const listed = createListed()

  const refresh = coalesce(async () => {
    for (;;) {
      const known = snapshot?.version
      const asked = new Set(observed.keys())
      const lists = listed.wanted(known)
      const fatesAfter = lastFate
      const next = await read({ records: [...asked], lists, fatesAfter })
      // A record observed meanwhile would lose the edits that this snapshot takes out of the overlay (G2), and a database
      // that was lost meanwhile has counted other fates.
      if (lastFate < fatesAfter || ![...observed.keys()].every((of) => asked.has(of))) continue
      if (listed.wanted(known).some((one) => !lists.some(({ collection }) => collection === one.collection))) continue
      if (next.version >= (snapshot?.version ?? 0)) return apply(next)
      // Dropped; read again if a save of this tab overtook it.
      if (snapshot?.version === known) return
    }
  })

  /** Waits for its frame; callers that come meanwhile share it. */
  let following: Promise<void> | undefined
  let followed = 0
  const follow = (version: number): Promise<void> => {
    followed = Math.max(followed, version)
    return (following ??= frames.next().then(async () => {
      const wanted = followed
      following = undefined
      // A version that will never be was worth one look, and no more.
      followed = 0
      // A hurried commit may have been read meanwhile.
      if (!snapshot || snapshot.version < wanted) await refresh()
    }))
  }

  // The reader reports the trouble in `storage$`; the next change, or the end of the trouble, reads again.
  const refreshLater = (): void => void refresh().catch(() => {})

  function apply(next: Snapshot): void {
    const accountChanged = !snapshot || next.session?.account !== account
    snapshot = next
    account = next.session?.account
    const changed = new Set(lanes.keys())
    listed.take(next, changed)
    lanes = new Map(next.lanes.filter(({ key }) => key.account === account).map((lane) => [recordName(lane.key), lane]))
    lastFate = next.lastFate
    for (const name of lanes.keys()) changed.add(name)
    awaited.clear()
    for (const of of observed.keys()) {
      const name = account === undefined ? undefined : recordName(of(account))
      if (name !== undefined && !lanes.has(name)) awaited.add(name)
    }
    onSnapshot(next, accountChanged, changed)
  }

  const laneOf = (name: string): StoredLane | undefined => lanes.get(name) ?? listed.lane(name)

  return {
    get snapshot() {
      return snapshot
    },
    lane: laneOf,
    listed,
    observeList(collection) {
      const end = listed.observe(collection)
      if (account !== undefined && !listed.of(collection)) refreshLater()
      return end
    },
    observe(of) {
      const others = observed.get(of) ?? 0
      observed.set(of, others + 1)
      const name = account === undefined ? undefined : recordName(of(account))
      if (!others && name !== undefined && !lanes.has(name)) {
        awaited.add(name)
        refreshLater()
      }
      return () => {
        const left = observed.get(of)! - 1
        if (left) observed.set(of, left)
        else observed.delete(of)
      }
    },
    refresh,
    follow,
    // Its fates are numbered from the start again.
    lost: () => void (lastFate = 0),
    advance({ from, to, saved, more, unhurried }) {
      if (snapshot && to <= snapshot.version) return
      // The edits of an awaited record leave the overlay with the snapshot that has them (G2).
      const isWhole = saved && !more && !saved.some(({ key }) => awaited.has(recordName(key)))
      if (!isWhole || from !== snapshot?.version) return unhurried ? void follow(to).catch(() => {}) : refreshLater()
      let count = 0
      for (const one of saved) {
        const name = recordName(one.key)
        // A record that is observed by itself too is there twice.
        const found = new Set([lanes.get(name), listed.lane(name)])
        for (const lane of found) for (const edit of one.edits) lane?.edits.push(edit)
        if (!listed.lane(name) && account !== undefined) listed.begin(account, one, to)
        count += one.edits.length
      }
      const { counts, oldestPendingAtMs = saved[0]?.edits[0]?.atMs } = snapshot
      const { sent, total } = counts.pending ? counts : { sent: 0, total: 0 }
      snapshot = {
        ...snapshot,
        version: to,
        counts: { ...counts, pending: counts.pending + count, sent, total: total + count },
        oldestPendingAtMs,
      }
      onAdvance(saved)
    },
  }
}
