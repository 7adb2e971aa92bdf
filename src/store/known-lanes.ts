// Floor 3: the lanes that this context knows, so that saving and settling need not read them again: the one memory of lanes
// beside the snapshot. It is true while the database has the version that it names. Each commit of this context carries it
// on, or drops it.
import { laneName } from '../model/record.js'
import type { Commit } from './commit.js'
import type { LaneRows } from './rows.js'

/** More lanes than an app edits unseen; a forgotten lane is read again. */
const mostEdits = 20_000
const mostLanes = 2_000

export interface KnownLanes {
  /** The lanes for a transaction whose state has this version. */
  at(version: number): ReadonlyMap<string, LaneRows>
  /** A transaction has read these lanes at this version. */
  found(version: number, lanes: readonly LaneRows[]): void
  /**
   * A transaction of this context has completed. If the commit does not have the lanes that it left, nothing is known of any.
   */
  committed(commit: Commit): void
}

export function createKnownLanes(): KnownLanes {
  const byName = new Map<string, LaneRows>()
  let version = -1
  let edits = 0

  const forget = (): void => {
    byName.clear()
    edits = 0
  }

  const note = (lane: LaneRows): void => {
    const name = laneName(lane.key)
    edits += lane.edits.length - (byName.get(name)?.edits.length ?? 0)
    byName.set(name, lane)
  }

  return {
    at: (wanted) => (wanted === version ? byName : new Map()),
    found(foundAt, lanes) {
      if (foundAt < version) return
      if (foundAt > version) forget()
      version = foundAt
      for (const lane of lanes) if (!byName.has(laneName(lane.key))) note(lane)
    },
    committed({ from, to, left }) {
      if (!left || from !== version || edits > mostEdits || byName.size > mostLanes) forget()
      version = to
      left?.forEach(note)
    },
  }
}
