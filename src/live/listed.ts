// R8: the lanes of the collections that somebody observes as a whole. A snapshot carries them on by the lanes that have changed.
import { nameIn, namesOf, recordName } from '../model/record.js'
import { placeOfEdit } from '../store/place.js'
import type { SavedEdits } from '../store/commit.js'
import { emptyRecord, type StoredLane } from '../store/rows.js'
import type { Snapshot, SnapshotRequest } from '../store/snapshot-data.js'

export interface Listed {
  /** The collections that are observed. */
  observed(): Iterable<string>
  /** Calls back when a collection gets its first observer. Returns the unsubscribe. */
  onObserve(listener: (collection: string) => void): () => void
  /** Observes a collection from now on, until the caller calls the returned function. */
  observe(collection: string): () => void
  /** The lanes of a collection by the record's name; undefined until they are read. */
  of(collection: string): ReadonlyMap<string, StoredLane> | undefined
  /** The collections that are read. */
  collections(): Iterable<string>
  lane(name: string): StoredLane | undefined
  /** The lists to ask for, of a caller that shows the snapshot of this version. */
  wanted(version: number | undefined): NonNullable<SnapshotRequest['lists']>
  /** A newer snapshot is in place. Adds the names of the records that may be shown otherwise now; `namesOf` a collection stands for all of it. */
  take(snapshot: Snapshot, changed: Set<string>): void
  /** These edits are on disk since version `to`, of a record that the snapshot does not have. */
  begin(account: string, saved: SavedEdits, to: number): void
}

export function createListed(): Listed {
  const observed = new Map<string, number>()
  const lists = new Map<string, Map<string, StoredLane>>()

  const listeners = new Set<(collection: string) => void>()

  return {
    observed: () => observed.keys(),
    onObserve(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    observe(collection) {
      const isFirst = !observed.has(collection)
      observed.set(collection, (observed.get(collection) ?? 0) + 1)
      if (isFirst) for (const listener of listeners) listener(collection)
      return () => {
        const left = observed.get(collection)! - 1
        // The list stays until the next snapshot: the next observer may come at once.
        if (left) observed.set(collection, left)
        else observed.delete(collection)
      }
    },
    of: (collection) => lists.get(collection),
    collections: () => lists.keys(),
    lane(name) {
      for (const list of lists.values()) {
        const lane = list.get(name)
        if (lane) return lane
      }
      return undefined
    },
    wanted: (version) =>
      [...observed.keys()].map((collection) => ({ collection, at: lists.has(collection) ? version : undefined })),
    take({ lists: read = [] }, changed) {
      const asked = new Set(read.map(({ collection }) => collection))
      for (const collection of lists.keys()) {
        if (asked.has(collection)) continue
        changed.add(namesOf(collection))
        lists.delete(collection)
      }
      for (const { collection, isWhole, lanes } of read) {
        const before = lists.get(collection)
        const isNew = isWhole || !before
        const list = isNew ? new Map<string, StoredLane>() : before
        lists.set(collection, list)
        const names = namesOf(collection)
        if (isNew) changed.add(names)
        for (const lane of lanes) {
          const name = nameIn(names, lane.key.id)
          if (!isNew) changed.add(name)
          if (lane.place) list.set(name, lane)
          else list.delete(name)
        }
      }
    },
    begin(account, { key, edits }, to) {
      const lane = { ...key, account }
      const place = placeOfEdit(to, edits[0]!)
      lists.get(key.collection)?.set(recordName(key), { key: lane, row: emptyRecord(lane), edits: [...edits], place })
    },
  }
}
