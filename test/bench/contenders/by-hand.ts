/* A good programmer's work without a library: IndexedDB and `fetch`, for one tab, and no more than the work needs. */
import {
  type Contender,
  type Patch,
  readRecord,
  Refusal,
  sendPatch,
  sixAtATime,
  type Store,
  type View,
} from '../page/contender.js'
import { completed, result } from './indexed-db.js'

/** Edits of one record: all of one commit in a row, or one edit a row. Key: `[id, n]`. */
interface EditRow {
  id: string
  n: number
  patches: Patch[]
}

interface Batch {
  patchesById: Map<string, Patch[]>
  writes: ((transaction: IDBTransaction) => void)[]
  written: Promise<void>
}

/** Rows that are read at once for sending. */
const portion = 2_000

/**
 * `grouped`: writes during a transaction go into the next one, and the pending values of a record go out in one request. Else
 * each edit has a transaction and a request to itself.
 */
export function byHand({ grouped }: { grouped: boolean }): Contender {
  return {
    async open({ durability: asked }) {
      const durability = asked === 'strict' ? 'strict' : 'relaxed'
      const database = await openDatabase()
      const viewById = new Map<string, View>()
      const observersById = new Map<string, Set<(view: View) => void>>()
      let lastN = Date.now() * 1_000
      let batch: Batch | undefined
      let committing: Promise<unknown> = Promise.resolve()

      const show = (id: string, view: View): void => {
        viewById.set(id, view)
        for (const observer of observersById.get(id) ?? []) observer(view)
      }

      const commit = async ({ patchesById, writes }: Batch): Promise<void> => {
        const transaction = database.transaction(['records', 'edits', 'faults'], 'readwrite', { durability })
        const edits = transaction.objectStore('edits')
        for (const [id, patches] of patchesById) edits.add({ id, n: lastN++, patches } satisfies EditRow)
        for (const write of writes) write(transaction)
        await completed(transaction)
      }
      const nextBatch = (): Batch => {
        if (batch && grouped) return batch
        const made: Batch = { patchesById: new Map(), writes: [], written: Promise.resolve() }
        batch = made
        const run = async (): Promise<void> => {
          if (batch === made) batch = undefined
          await commit(made)
        }
        made.written = grouped ? committing.then(run) : Promise.resolve().then(run)
        committing = made.written
        return made
      }
      const write = (apply: (transaction: IDBTransaction) => void): Promise<void> => {
        const { writes, written } = nextBatch()
        writes.push(apply)
        return written
      }
      const readLane = async (id: string): Promise<{ base: View; rows: EditRow[] }> => {
        const transaction = database.transaction(['records', 'edits'])
        const base = result<View>(transaction.objectStore('records').get(id))
        const rows = result<EditRow[]>(transaction.objectStore('edits').getAll(laneRange(id)))
        return { base: await base, rows: await rows }
      }
      const fold = (base: View, rows: readonly EditRow[]): View =>
        Object.assign({}, base, ...rows.flatMap((row) => row.patches)) as View

      const settle = (id: string, record: View, rows: readonly EditRow[], refused?: Patch): Promise<void> =>
        write((transaction) => {
          const edits = transaction.objectStore('edits')
          for (const row of rows) edits.delete([id, row.n])
          if (record) transaction.objectStore('records').put({ ...record, id })
          if (refused) transaction.objectStore('faults').add({ id, refused })
        })
      /** Sends these rows as one request, and settles them. A refusal takes them back, the record's other edits stay. */
      const sendRows = async (id: string, rows: readonly EditRow[]): Promise<void> => {
        const patch = fold(undefined, rows)!
        try {
          await settle(id, await sendPatch(id, patch), rows)
        } catch (error) {
          if (!(error instanceof Refusal)) throw error
          await settle(id, undefined, rows, patch as Patch)
          const lane = await readLane(id)
          show(id, fold(lane.base, lane.rows))
        }
      }

      const store: Store = {
        edit(id, patch) {
          show(id, { ...viewById.get(id), ...patch })
          const { patchesById, written } = nextBatch()
          const patches = patchesById.get(id)
          if (patches) patches.push(patch)
          else patchesById.set(id, [patch])
          return written
        },
        observe(id, seen) {
          const observers = observersById.get(id) ?? new Set()
          observersById.set(id, observers.add(seen))
          const known = viewById.get(id)
          if (known) seen(known)
          else void readLane(id).then(({ base, rows }) => show(id, { ...fold(base, rows), ...viewById.get(id) }))
          return () => observers.delete(seen)
        },
        load: (ids) => sixAtATime(ids, async (id) => settle(id, await readRecord(id), [])),
        async drained() {
          for (;;) {
            const rows = await result<EditRow[]>(
              database.transaction('edits').objectStore('edits').getAll(null, portion),
            )
            if (!rows.length) return
            const lanes = new Map<string, EditRow[]>()
            for (const row of rows) lanes.set(row.id, [...(lanes.get(row.id) ?? []), row])
            await sixAtATime(lanes, async ([id, lane]) => {
              if (grouped) return sendRows(id, lane)
              for (const row of lane) await sendRows(id, [row])
            })
          }
        },
        refusals: () => result<number>(database.transaction('faults').objectStore('faults').count()),
      }
      return store
    },
  }
}

async function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open('by-hand', 1)
  request.onupgradeneeded = () => {
    request.result.createObjectStore('records', { keyPath: 'id' })
    request.result.createObjectStore('edits', { keyPath: ['id', 'n'] })
    request.result.createObjectStore('faults', { autoIncrement: true })
  }
  return result(request)
}

function laneRange(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id], [id, []])
}
