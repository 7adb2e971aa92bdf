// Floor 3: the names that backends have given to records that were made here (R19). The table `ids` lies in memory in each context.
import { effectivePatch } from '../model/edit.js'
import type { Fault } from '../model/fault.js'
import { laneName, type LaneKey } from '../model/record.js'
import { idText, type Relations } from '../model/refs.js'
import { isLike } from '../model/shape.js'
import type { Tables } from './connection.js'
import { between, ofAccount } from './key-range.js'
import type { IdRow, RemoteId } from './other-record.js'
import { formatVersion, type StateRow, type StoredLane } from './rows.js'
import { laneShape } from './sound.js'

/** Asked by lane: each account has its own names. */
export interface Names {
  /** The backend's id of a record that was made here; `undefined`: its id here is the backend's, as far as is known. */
  remoteIdOf(key: LaneKey): RemoteId | undefined
  /** The id on this device of the record that the backend names so; `undefined`: the same. */
  idOf(key: LaneKey): string | undefined
  /** The version of the newest name that was read: of any record, or of one of the collection. */
  newestAt(collection?: string): number
  /** Whether this context has known a name of the record that is gone, with the database or with a session. */
  isLost(key: LaneKey): boolean
  /** The records whose names are gone, or would be with these names. */
  lost(): ReadonlySet<string>
  /**
   * Reads the names that other transactions have written since, inside the caller's transaction and before its first write.
   * `undefined`: there are none, and nothing is asked of the database.
   */
  refresh(tables: Tables, state: StateRow): Promise<void> | undefined
}

/** `before`: those of the database in whose place another one is. */
export function createNames(before?: Pick<Names, 'lost'>): Names {
  const gone = new Set(before?.lost())
  const remoteIds = new Map<string, RemoteId>()
  const ids = new Map<string, string>()
  const newest = new Map<string, number>()
  /** The version of the newest name that was read. */
  let known = 0

  const lost = (): ReadonlySet<string> => {
    // A record that never came to be has none, and one that has its number as text keeps the backend's id.
    for (const [name, id] of remoteIds)
      if (id !== null && !name.endsWith(`,${JSON.stringify(String(id))}]`)) gone.add(name)
    return gone
  }

  const read = async (tables: Tables, { namesAt, namesErasedAt = 0 }: StateRow): Promise<void> => {
    const isWhole = known < namesErasedAt
    const rows = await tables.ids.getAll(isWhole ? undefined : { index: 'at', range: between(known + 1, Infinity) })
    if (isWhole) {
      lost()
      remoteIds.clear()
      ids.clear()
      for (const collection of newest.keys()) newest.set(collection, namesAt!)
    }
    known = namesAt!
    for (const row of rows) {
      if (!isLike(row, laneShape)) continue
      const text = idText(row.remoteId)
      if (text === undefined && row.remoteId !== null) continue
      newest.set(row.collection, known)
      remoteIds.set(laneName(row), row.remoteId)
      if (text !== undefined) ids.set(laneName({ ...row, id: text }), row.id)
    }
  }

  return {
    remoteIdOf: (key) => (remoteIds.size ? remoteIds.get(laneName(key)) : undefined),
    idOf: (key) => (ids.size ? ids.get(laneName(key)) : undefined),
    newestAt: (collection) => (collection === undefined ? known : (newest.get(collection) ?? 0)),
    isLost: (key) => gone.size > 0 && gone.has(laneName(key)) && !remoteIds.has(laneName(key)),
    lost,
    refresh: (tables, state) => ((state.namesAt ?? 0) > known ? read(tables, state) : undefined),
  }
}

/** Begins to write the names, and notes in the state that there are some. */
export function putNames(
  tables: Tables,
  state: StateRow,
  names: readonly (LaneKey & { remoteId: RemoteId })[],
): Promise<void> {
  const at = state.version
  if (names.length) state.namesAt = at
  return tables.ids.put(
    names.map(({ account, collection, id, remoteId }): IdRow => ({
      account,
      collection,
      id,
      v: formatVersion,
      remoteId,
      at,
    })),
  )
}

/**
 * Writes the names of the records that the edits and faults name and that the backend knows by a number, before their rows are erased:
 * nothing else tells that the text in the edit stands for a number.
 */
export async function nameNumbers(
  tables: Tables,
  state: StateRow,
  relations: Relations | undefined,
  account: string,
  { lanes, faults }: { lanes: readonly StoredLane[]; faults: readonly Pick<Fault, 'collection' | 'mine'>[] },
): Promise<void> {
  const { refsOf, numberIn } = relations ?? {}
  if (!refsOf || !numberIn) return
  const refs = [
    ...lanes.flatMap(({ key, edits }) => edits.flatMap((edit) => refsOf(key.collection, effectivePatch(edit)))),
    ...faults.flatMap(({ collection, mine }) => (mine ? refsOf(collection, mine) : [])),
  ]
  if (!refs.length) return
  const rows = await tables.records.getMany(refs.map(({ collection, id }) => [account, collection, id] as const))
  const names = new Map<string, LaneKey & { remoteId: number }>()
  for (const row of rows) {
    const { collection, id, base } = row ?? {}
    const remoteId = base ? numberIn(collection!, base) : undefined
    if (remoteId !== undefined && String(remoteId) === id)
      names.set(laneName(row!), { account, collection: collection!, id, remoteId })
  }
  if (names.size) await putNames(tables, state, [...names.values()])
}

/** Begins to erase the notes that these records never came to be. */
export function reviveNames(tables: Tables, state: StateRow, created: readonly LaneKey[]): Promise<void> {
  state.namesAt = state.namesErasedAt = state.version
  return tables.ids.delete(created.map(({ account, collection, id }) => [account, collection, id]))
}

/** Erases the account's names but for those that stand in what is kept. */
export async function eraseNames(tables: Tables, state: StateRow, account: string, kept: unknown): Promise<void> {
  if (state.namesAt === undefined) return
  const keys = await tables.ids.getAllKeys({ range: ofAccount(account) })
  const text = keys.length ? JSON.stringify(kept) : ''
  state.namesAt = state.namesErasedAt = state.version
  await tables.ids.delete(keys.filter(([, , id]) => !text.includes(JSON.stringify(id))))
}
