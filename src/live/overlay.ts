// R8: the edits of this tab that no snapshot has yet, laid over it until one does.
import type { MadeEdit } from '../model/edit.js'
import type { RecordKey } from '../model/record.js'
import type { FateRow } from '../store/rows.js'
import type { Snapshot } from '../store/snapshot-data.js'

/** An edit of this tab, from its call on. All readers share one object, since a burst makes thousands. */
export interface LaidOver {
  key: RecordKey
  name: string
  edit: MadeEdit
  /** The id of the edit whose place it takes. */
  replaces: string | undefined
  /** The records whose pending edits go first. */
  after?: readonly RecordKey[] | undefined
  /** The version of the database that has it; undefined until it is saved. */
  seq: number | undefined
  /** The end of the edit, for as long as somebody keeps the edit. */
  fate: FateRow | undefined
}

export interface Overlay {
  /** How many edits it adds to those of the snapshot. */
  readonly count: number
  readonly oldestAtMs: number | undefined
  add(
    key: RecordKey,
    name: string,
    edit: MadeEdit,
    replaces: string | undefined,
    after?: readonly RecordKey[],
  ): LaidOver
  find(editId: string): LaidOver | undefined
  has(name: string): boolean
  /** All, or those of one record, oldest first. */
  entries(name?: string): Iterable<LaidOver>
  /**
   * Notes that the edits are on disk since version `seq`; returns those that leave the overlay, while it shows a snapshot of
   * `version`.
   */
  saved(editIds: Iterable<string>, seq: number, version: number): LaidOver[]
  /** Takes these edits out, and returns them. */
  remove(editIds: Iterable<string>): LaidOver[]
  /** Takes out the edits that a new snapshot has, pending or settled, and returns them. */
  settle(snapshot: Snapshot): LaidOver[]
}

export function createOverlay(): Overlay {
  const byId = new Map<string, LaidOver>()
  const byName = new Map<string, Set<LaidOver>>()
  let replacing = 0

  const remove = (editIds: Iterable<string>): LaidOver[] => {
    const removed: LaidOver[] = []
    for (const id of editIds) {
      const entry = byId.get(id)
      if (!entry) continue
      removed.push(entry)
      byId.delete(id)
      if (entry.replaces) replacing--
      const siblings = byName.get(entry.name)!
      siblings.delete(entry)
      if (!siblings.size) byName.delete(entry.name)
    }
    return removed
  }

  return {
    get count() {
      return byId.size - replacing
    },
    get oldestAtMs() {
      return byId.values().next().value?.edit.atMs
    },
    add(key, name, edit, replaces, after) {
      const entry: LaidOver = { key, name, edit, replaces, after, seq: undefined, fate: undefined }
      byId.set(edit.id, entry)
      const siblings = byName.get(name)
      if (siblings) siblings.add(entry)
      else byName.set(name, new Set([entry]))
      if (replaces) replacing++
      return entry
    },
    find: (id) => byId.get(id),
    has: (name) => byName.has(name),
    entries: (name) => (name === undefined ? byId : byName.get(name))?.values() ?? [],
    saved(editIds, seq, version) {
      if (seq <= version) return remove(editIds)
      for (const id of editIds) {
        const entry = byId.get(id)
        if (entry) entry.seq = seq
      }
      return []
    },
    remove,
    settle({ version, lanes, lists = [], fates }) {
      if (!byId.size) return []
      const removed = remove(
        [...byId.values()].filter(({ seq = Infinity }) => seq <= version).map(({ edit }) => edit.id),
      )
      // The snapshot has it, though this tab has not heard yet that it was saved.
      for (const { edits } of [...lanes, ...lists.flatMap((list) => list.lanes)])
        for (const entry of remove(edits.map(({ id }) => id))) removed.push(entry)
      for (const { editIds } of fates) for (const entry of remove(editIds)) removed.push(entry)
      return removed
    },
  }
}
