/* A long life in a minute: edits that were saved and settled long ago, each with rows and index entries of its own. */
import type { Fault } from '../../src/model/fault.js'
import { browserPlatform } from '../../src/platform/browser-platform.js'
import { countsOf, createDatabase, type Database, rowIn } from '../../src/store/database.js'
import { noteSaved } from '../../src/store/marks.js'
import { formatVersion, type Run } from '../../src/store/rows.js'
import { addRuns } from '../../src/store/runs.js'
import { readSession } from '../../src/store/sessions.js'
import { type LaneChange, workLanes } from '../../src/store/settlements.js'
import { completionOf, resultOf } from '../support/raw-storage.js'

/** Edits that share a transaction here, which they would not: it would take too long. */
const portion = 500

const labelOf = (index: number): string => `${index.toString(36).padStart(9, '0')}bulk`

/** By the transactions of the store that is in use now. */
export async function settleThroughStore(
  name: string,
  work: { from?: number; edits?: number; faults?: number },
): Promise<void> {
  const { from: first = 0, edits = 0, faults = 0 } = work

  const db = await opened(name)
  const { account } = (await readSession(db))!
  const key = { account, collection: 'users', id: account }
  const change = (decided: LaneChange | ((editIds: string[]) => LaneChange)): Promise<unknown> =>
    workLanes(db, {
      jobs: [
        { key, decide: ({ edits }) => (typeof decided === 'function' ? decided(edits.map(({ id }) => id)) : decided) },
      ],
      right: {
        holder: 'bulk',
        nowMs: Date.now(),
        hidden: false,
        locked: true,
        lastSeenAtMs: 0,
        isMute: true,
        releasedEpoch: undefined,
      },
      nowMs: Date.now(),
    })
  for (let from = first; from < first + edits; from += portion) {
    await db.write(async (tables, state, { to }, later) => {
      const runs = Array.from({ length: portion }, (_, index): Run => {
        const label = labelOf(from + index)
        const edit = { id: `${label}-0`, patch: { name: label }, ancestors: { name: null }, atMs: Date.now() }
        return { ...key, v: formatVersion, seq: to - 1 + (index + 1) / portion, label, edits: [edit] }
      })
      const counts = countsOf(state, account)
      noteSaved(counts, runs, { seq: runs[0]!.seq, label: runs[0]!.label, atMs: Date.now() })
      counts.pending += portion
      later([addRuns(tables, runs)])
      return undefined
    }, 'edit')
    await change((editIds) => ({ settled: editIds.map((id) => ({ editIds: [id], outcome: 'accepted' })) }))
  }
  if (faults) await change({ faults: Array.from({ length: faults }, (_, index) => faultOf(account, index)) })
  db.close()
}

async function opened(name: string): Promise<Database> {
  const open = async (backendId: string): Promise<Database> => {
    const db = createDatabase({
      name,
      backendId,
      platform: browserPlatform({}),
      durability: 'relaxed',
      onState() {},
      onLost() {},
      onUpgrade() {},
    })
    await db.open()
    return db
  }
  return open(await backendOf(name))
}

/** Whose data it is, as it says itself. */
async function backendOf(name: string): Promise<string> {
  const raw = await resultOf(indexedDB.open(name))
  const asking = raw.transaction('meta').objectStore('meta').getAll()
  await completionOf(asking.transaction!)
  raw.close()
  return rowIn<{ id: string }>(asking.result as { key: string }[], 'backend')!.id
}

function faultOf(account: string, index: number): Fault {
  return {
    id: `fault-${index}`,
    editIds: [`${labelOf(index)}x-0`],
    kind: 'validation',
    op: 'update',
    code: 3045,
    message: 'The value is not allowed',
    collection: 'users',
    recordId: account,
    atMs: Date.now(),
    properties: [`p${index}`],
    offending: [`p${index}`],
    stored: [],
    base: {},
    mine: { [`p${index}`]: 'mine' },
    theirs: {},
    attempts: 1,
  }
}

/** By bare requests, as the transactions of the first schema's package have done it: nothing of that package is left to ask. */
export async function settleRaw(name: string, edits: number, first: number): Promise<void> {
  const raw = await resultOf(indexedDB.open(name))
  const states = raw.transaction('meta').objectStore('meta').get('state')
  await completionOf(states.transaction!)
  const { session } = states.result as { session: { account: string } }
  const { account } = session
  for (let from = first; from < first + edits; from += portion) {
    const labels = Array.from({ length: portion }, (_, index) => labelOf(from + index))
    const saving = raw.transaction('edits', 'readwrite')
    labels.forEach((label, index) => {
      const text = JSON.stringify([['0', { name: label }, { name: null }, 1, {}]])
      const row = {
        account,
        collection: 'users',
        id: account,
        seq: -1 / (from + index + 1),
        label,
        atMs: 1,
        v: 1,
        edits: text,
      }
      saving.objectStore('edits').put(row)
    })
    await completionOf(saving)
    const settling = raw.transaction(['edits', 'fates'], 'readwrite')
    labels.forEach((label, index) => {
      settling.objectStore('edits').delete([account, 'users', account, -1 / (from + index + 1)])
      const fate = { v: 1, labels: [label], account, editIds: [`${label}-0`], outcome: 'accepted', atMs: Date.now() }
      settling.objectStore('fates').add(fate)
    })
    await completionOf(settling)
  }
  raw.close()
}
