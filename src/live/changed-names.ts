// The records that a newer snapshot may show otherwise, so that nothing else is folded anew.
import { namesOf } from '../model/record.js'
import type { Snapshot } from '../store/snapshot-data.js'
import type { Overlay } from './overlay.js'
import type { IdSpace } from './record.js'
import type { ShownFaults } from './shown-faults.js'
import type { SnapshotFeed } from './snapshot.js'

export interface ChangedNamesSource {
  overlay: Overlay
  shownFaults: ShownFaults
  listed: SnapshotFeed['listed']
  ids: IdSpace | undefined
}

/**
 * To be called at each snapshot, with the names of the records whose rows have changed; `namesOf` a collection stands for all of it.
 * Takes out of the overlay what the snapshot has. Returns the names of all that may be shown otherwise; `undefined`: any record.
 */
export function createChangedNames({ overlay, shownFaults, listed, ids }: ChangedNamesSource) {
  let namedAt = 0
  return (next: Snapshot, accountChanged: boolean, changed: Set<string>): Set<string> | undefined => {
    for (const { name } of overlay.settle(next)) changed.add(name)
    const at = ids?.namedAt() ?? 0
    const isNamed = at !== namedAt
    // A name changes the values that refer to its record (R19).
    for (const collection of isNamed ? listed.collections() : [])
      if (ids!.namedAt(collection) > namedAt) changed.add(namesOf(collection))
    for (const { name } of isNamed ? overlay.entries() : []) changed.add(name)
    namedAt = at
    shownFaults.take(next, accountChanged || isNamed, changed)
    return accountChanged ? undefined : changed
  }
}
