/* A collection whose updates go through offline transactions, the outbox in IndexedDB, as the package's README shows it. */
import { createCollection } from '@tanstack/db'
import { IndexedDBAdapter, NonRetriableError, startOfflineExecutor } from '@tanstack/offline-transactions'
import { serveBench } from '../page/bench.js'
import { type Contender, readRecord, Refusal, sendPatch, sixAtATime, type View } from '../page/contender.js'

interface Row {
  id: string
  [property: string]: unknown
}

type GetStore = (mode?: IDBTransactionMode) => Promise<IDBObjectStore>

/**
 * The default storage, which also tells when something is in it. By itself it goes on once the browser has taken the request, when a
 * crash still loses the row; the others wait until the transaction has completed, and so does this one here.
 */
class WatchedStorage extends IndexedDBAdapter {
  readonly pending = new Set<string>()
  readonly saved = new Map<string, () => void>()
  onEmpty: (() => void) | undefined

  override async set(key: string, value: string): Promise<void> {
    this.pending.add(key)
    let completed!: Promise<void>
    const inner = this as unknown as { getStore: GetStore }
    const { getStore } = inner
    inner.getStore = async (mode) => {
      const store = await getStore.call(this, mode)
      completed = new Promise((resolve) => store.transaction.addEventListener('complete', () => resolve()))
      return store
    }
    // It asks for its store before it waits for anything.
    const set = super.set(key, value)
    inner.getStore = getStore
    await set
    await completed
    this.saved.get(key)?.()
    this.saved.delete(key)
  }

  override async delete(key: string): Promise<void> {
    await super.delete(key)
    this.pending.delete(key)
    if (!this.pending.size) this.onEmpty?.()
  }
}

const tanstack: Contender = {
  async open() {
    let refusals = 0
    const loaded = new Set<string>()
    let receive!: (rows: Row[]) => void
    const users = createCollection<Row, string>({
      id: 'users',
      getKey: (row) => row.id,
      startSync: true,
      sync: {
        sync({ begin, write, commit, markReady }) {
          receive = (rows) => {
            begin()
            for (const value of rows) {
              write({ type: loaded.has(value.id) ? 'update' : 'insert', value })
              loaded.add(value.id)
            }
            void commit()
          }
          markReady()
        },
      },
    })
    const storage = new WatchedStorage()
    for (const key of await storage.keys()) storage.pending.add(key)
    const offline = startOfflineExecutor({
      collections: { users },
      storage,
      mutationFns: {
        async save({ transaction }) {
          for (const { key, changes } of transaction.mutations) {
            const { id: _, ...patch } = changes as Row
            try {
              receive([{ ...(await sendPatch(key as string, patch)), id: key as string }])
            } catch (error) {
              if (error instanceof Refusal) throw new NonRetriableError(error.message)
              throw error
            }
          }
        },
      },
    })
    await offline.waitForInit()

    return {
      edit(id, patch) {
        const transaction = offline.createOfflineTransaction({ mutationFnName: 'save', autoCommit: false })
        transaction.mutate(() => {
          if (users.has(id)) users.update(id, (draft) => void Object.assign(draft, patch))
          else users.insert({ id, ...patch })
        })
        const saved = new Promise<void>((resolve) => storage.saved.set(`tx:${transaction.id}`, resolve))
        // The promise tells, as long as somebody holds it.
        transaction.commit().catch(() => void refusals++)
        return saved
      },
      observe(id, seen) {
        const subscription = users.subscribeChanges(
          (changes) => {
            for (const { key, value } of changes) if (key === id) seen(value as View)
          },
          { includeInitialState: true },
        )
        return () => subscription.unsubscribe()
      },
      async load(ids) {
        const rows: Row[] = []
        await sixAtATime(ids, async (id) => void rows.push({ ...(await readRecord(id)), id }))
        receive(rows)
      },
      drained: () =>
        new Promise((resolve) => {
          if (storage.pending.size) storage.onEmpty = resolve
          else resolve()
        }),
      refusals: async () => refusals,
    }
  },
}

serveBench(tanstack)
