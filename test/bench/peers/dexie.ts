/* As the documentation shows it: two tables, a transaction an edit, and `liveQuery` for what is shown. */
import { Dexie, liveQuery, type Table } from 'dexie'
import { serveBench } from '../page/bench.js'
import { type Contender, readRecord, Refusal, sendPatch, sixAtATime, type View } from '../page/contender.js'

interface EditRow {
  n?: number
  id: string
  patch: { [property: string]: string }
}

const dexie: Contender = {
  async open() {
    const db = new Dexie('app') as Dexie & { records: Table<{ id: string }, string>; edits: Table<EditRow, number> }
    db.version(1).stores({ records: 'id', edits: '++n, id' })
    await db.open()

    const readView = async (id: string): Promise<View> =>
      db.transaction('r', db.records, db.edits, async () => {
        const record = await db.records.get(id)
        const edits = await db.edits.where('id').equals(id).sortBy('n')
        return record || edits.length
          ? (Object.assign({}, record, ...edits.map(({ patch }) => patch)) as View)
          : undefined
      })

    return {
      edit: (id, patch) => db.edits.add({ id, patch }),
      observe(id, seen) {
        const subscription = liveQuery(() => readView(id)).subscribe((view) => seen(view as View))
        return () => subscription.unsubscribe()
      },
      load: (ids) =>
        sixAtATime(ids, async (id) => {
          await db.records.put({ ...(await readRecord(id)), id })
        }),
      async drained() {
        for (let ids = await lanes(); ids.length; ids = await lanes()) {
          await sixAtATime(ids, async (id) => {
            const edits = await db.edits.where('id').equals(id).sortBy('n')
            for (const { n, patch } of edits) {
              const record = await sendPatch(id, patch).catch((error: unknown) => {
                // The app's own affair: it is taken back, and nobody told.
                if (!(error instanceof Refusal)) throw error
                return undefined
              })
              await db.transaction('rw', db.records, db.edits, async () => {
                if (record) await db.records.put({ ...record, id })
                await db.edits.delete(n!)
              })
            }
          })
        }
      },
    }

    function lanes(): Promise<string[]> {
      return db.edits.orderBy('id').limit(2_000).uniqueKeys() as unknown as Promise<string[]>
    }
  },
}

serveBench(dexie)
