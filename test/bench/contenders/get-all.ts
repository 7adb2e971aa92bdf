/* A list by hand: `getAll` and a loop, for one tab and no more than the work needs. */
import { completed, result } from './indexed-db.js'
import { api, sixAtATime } from '../page/contender.js'
import { type ListRow, serveLists } from '../page/list.js'

type Item = { readonly id: string; readonly [property: string]: unknown }
interface EditRow {
  id: string
  n: number
  patch: { readonly [property: string]: unknown }
}

serveLists({
  async open() {
    const opening = indexedDB.open('list-by-hand', 1)
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore('items', { keyPath: 'id' })
      opening.result.createObjectStore('edits', { keyPath: ['id', 'n'] })
    }
    const database = await result<IDBDatabase>(opening)
    let rows: ListRow[] = []
    const placeById = new Map<string, number>()
    let seen: ((rows: readonly ListRow[]) => void) | undefined
    let lastN = Date.now() * 1_000

    /** Shows these in place of those with the same ids: one copy of the list for all of them. */
    const show = (changed: readonly ListRow[]): void => {
      rows = rows.slice()
      for (const row of changed) {
        const at = placeById.get(row.id) ?? rows.length
        placeById.set(row.id, at)
        rows[at] = row
      }
      seen?.(rows)
    }
    const readAll = async (): Promise<void> => {
      const transaction = database.transaction(['items', 'edits'])
      const reading = result<Item[]>(transaction.objectStore('items').getAll())
      const edits = await result<EditRow[]>(transaction.objectStore('edits').getAll())
      const patches = new Map<string, object>()
      for (const { id, patch } of edits) patches.set(id, { ...patches.get(id), ...patch })
      const read = (await reading).map((item): ListRow => {
        const patch = patches.get(item.id)
        return { id: item.id, value: { ...item, ...patch }, state: patch ? 'pending' : 'confirmed' }
      })
      show(read)
      void sixAtATime(edits, send)
    }
    const send = async ({ id, n, patch }: EditRow): Promise<void> => {
      const response = await fetch(`${api}/items/${id}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(patch),
      })
      const item = (await response.json()) as Item
      const transaction = database.transaction(['items', 'edits'], 'readwrite', { durability: 'strict' })
      transaction.objectStore('items').put(item)
      transaction.objectStore('edits').delete([id, n])
      await completed(transaction)
      show([{ id, value: item, state: 'confirmed' }])
    }

    return {
      observe(observer) {
        seen = observer
        void readAll()
        return () => (seen = undefined)
      },
      look(id, observer) {
        const transaction = database.transaction(['items', 'edits'])
        const reading = result(transaction.objectStore('items').get(id))
        void result(transaction.objectStore('edits').getAll(IDBKeyRange.bound([id], [id, []])))
          .then(() => reading)
          .then(observer)
      },
      async edit(id, patch) {
        const row = rows[placeById.get(id) ?? -1]
        if (row) show([{ ...row, value: { ...row.value, ...patch }, state: 'pending' }])
        const transaction = database.transaction('edits', 'readwrite', { durability: 'strict' })
        transaction.objectStore('edits').add({ id, n: lastN++, patch } satisfies EditRow)
        await completed(transaction)
      },
      async pull() {
        for (let address: string | undefined = `${api}/items`; address;) {
          const response: Response = await fetch(address)
          const page = (await response.json()) as Item[]
          const transaction = database.transaction('items', 'readwrite', { durability: 'relaxed' })
          for (const item of page) transaction.objectStore('items').put(item)
          await completed(transaction)
          if (seen) show(page.map((item): ListRow => ({ id: item.id, value: item, state: 'confirmed' })))
          const next = response.headers.get('link')?.match(/<(.*)>/)?.[1]
          address = next && new URL(next, api).href
        }
      },
    }
  },
})
