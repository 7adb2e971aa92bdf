// The session and the queue of an application that has moved to another address, taken into its new database (R15).
import { laneName } from '../model/record.js'
import { isLike } from '../model/shape.js'
import type { Platform } from '../platform/platform.js'
import { besides, type Rows, seal } from './beside.js'
import { isCursor } from './cursors.js'
import { countsOf, type Database, type MetaRow, rowIn, stateIn, unchanged, type WriteBody } from './database.js'
import { forgetIncarnation } from './incarnation.js'
import { recordKeyOf } from './lane-rows.js'
import { addFates, placeFront } from './marks.js'
import { putNames } from './names.js'
import { remade } from './rebuild-state.js'
import type { RecordRow } from './rows.js'
import { rulesIn } from './sending-rules.js'
import { recordShape, stateShape } from './sound.js'

/**
 * Takes over the rows of each database of the application under a former identity, and deletes that database. Resolves with
 * the rows of `meta` after that. A kill at any moment leaves the rows in one database or in both, with a mark in the new one
 * (G3).
 */
export async function takeOver(
  db: Database,
  isFormer: (backendId: string) => boolean,
  { databases, caches }: Pick<Platform, 'databases' | 'caches'>,
  durability: 'strict' | 'relaxed',
): Promise<readonly MetaRow[]> {
  const { indexedDB } = databases.factory!
  for (const { database, backend } of await besides(indexedDB, db.name)) {
    const rows = isFormer(backend) ? await db.patiently(seal(indexedDB, database)) : undefined
    if (!rows) continue
    const wasTaken = await db.write(takingOver(`moved:${database}`, rows), 'move')
    // A relaxed transaction may not be on disk yet: then the next start deletes the database.
    if (wasTaken === undefined || (!wasTaken && durability === 'relaxed')) continue
    await forgetIncarnation(caches, database)
    // Nobody waits for it: the page that prevents the deletion now will not do so at every start.
    indexedDB.deleteDatabase(database)
  }
  return db.read((tables) => tables.meta.getAll())
}

/**
 * Everything in one transaction, once: a repeat finds the mark and resolves with true. Edits come before those that are here
 * already. A session that was begun or ended here stays as it is; a guest's edits, which no other session sends, then stay
 * where they are, and so do all other rows.
 */
function takingOver(key: string, rows: Rows): WriteBody<boolean> {
  const { meta, records, edits, faults, fates, ids } = rows
  const row = rowIn<MetaRow>(meta, 'state')
  const newest = Math.max(0, ...edits.map(({ seq }) => seq))
  const { session, wait, version, counts, lookBacks } = isLike(row, stateShape)
    ? stateIn(meta)
    : remade(row, edits, faults, newest)
  return async (tables, state, commit) => {
    const known = await tables.meta.getAll()
    const mark: MetaRow = { ...rowIn<MetaRow>(meta, 'backend'), key }
    if (rowIn<MetaRow>(known, key)?.['incarnation'] === mark['incarnation']) return true
    if (session && !state.session && !state.turn) state.session = session
    else if (session?.guest && counts[session.account]?.pending) return unchanged
    // Room for its versions, which order the rows that are taken over, below those that are here.
    commit.to += version
    const first = -commit.to
    if (wait) state.wait ??= wait
    // Of an account that is not logged in, nothing stays but the edits to send.
    const isSame = session?.account === state.session?.account
    const lanes = new Set(edits.map(laneName))
    const kept = records.filter((row) => isSame || lanes.has(laneName(row)))
    if (isSame) state.lookBacks = { ...lookBacks, ...state.lookBacks }
    const here = await tables.records.getMany(kept.map(recordKeyOf))
    const timeoutMs = rulesIn(meta)?.requestTimeoutMs ?? 0
    await Promise.all([
      tables.meta.put([
        ...meta.filter((row) => !isCursor(row)).map((row) => (row.key === 'lease' ? { ...row, holder: '' } : row)),
        ...known,
        mark,
      ]),
      tables.edits.add(edits.map((run) => ({ ...run, seq: run.seq + first }))),
      tables.records.put(kept.map((row, index) => merged(movedBack(row, first), here[index], timeoutMs))),
      tables.faults.put(faults),
      putNames(tables, state, ids),
      ...addFates(tables, state, fates),
    ])
    for (const [account, added] of Object.entries(counts)) {
      const sum = countsOf(state, account)
      for (const name of ['pending', 'sent', 'total', 'faults'] as const) sum[name] += added[name]
      sum.faultsAt = state.version
      await placeFront(tables, account, sum, first)
    }
    return false
  }
}

/** Its place by the versions that are taken over. */
function movedBack(row: RecordRow, first: number): RecordRow {
  return isLike(row, recordShape) && row.place ? { ...row, place: [row.place[0] + first, row.place[1]] } : row
}

/**
 * One record as both know it. Where both have sent something, the older request may still arrive: as a late copy it counts as
 * ours, and its edits go out again only after a read (R3).
 */
function merged(old: RecordRow, here: RecordRow | undefined, timeoutMs: number): RecordRow {
  if (!here) return old
  if (![old, here].every((row) => isLike(row, recordShape))) return { ...here, readFirst: true }
  const stray = here.attempt && old.attempt
  const both = <T>(a: T[] = [], b: T[] = []): T[] | undefined => (a.length + b.length ? [...a, ...b] : undefined)
  return {
    ...old,
    ...here,
    v: Math.max(old.v, here.v),
    rev: Math.max(old.rev, here.rev) + 1,
    attempt: here.attempt ?? old.attempt,
    split: undefined,
    version: undefined,
    shape: Math.min(old.shape ?? 0, here.shape ?? 0),
    strays: both(both(old.strays, here.strays), stray && [{ patch: stray.patch, untilMs: stray.atMs + timeoutMs }]),
    lookBacks: both(old.lookBacks, here.lookBacks),
    readFirst: true,
  }
}
