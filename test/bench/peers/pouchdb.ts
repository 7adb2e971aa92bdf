/* A document a record, read and put again for each edit, as the documentation shows it. It sends to a CouchDB only. */
import PouchDB from 'pouchdb-browser'
import { serveBench } from '../page/bench.js'
import { type Contender, readRecord, sixAtATime, type View } from '../page/contender.js'

type Found = { _id: string; _rev: string; [property: string]: unknown } | undefined

const pouchdb: Contender = {
  async open() {
    const db = new PouchDB('app')
    await db.info()
    // One after the other for each document, since a put needs the newest revision.
    const lastById = new Map<string, Promise<unknown>>()
    const find = (id: string): Promise<Found> =>
      db.get(id).then(
        (found) => found as unknown as Found,
        (error: { status?: number }) => {
          if (error.status !== 404) throw error
          return undefined
        },
      )
    const change = (id: string, patch: object): Promise<unknown> => {
      const next = (lastById.get(id) ?? Promise.resolve()).then(async () =>
        db.put({ _id: id, ...(await find(id)), ...patch }),
      )
      lastById.set(id, next)
      return next
    }

    return {
      edit: change,
      observe(id, seen) {
        void find(id).then((found) => seen(found as View))
        const changes = db
          .changes({ live: true, since: 'now', include_docs: true, doc_ids: [id] })
          .on('change', ({ doc }: { doc?: unknown }) => seen(doc as View))
        return () => changes.cancel()
      },
      load: (ids) => sixAtATime(ids, async (id) => change(id, await readRecord(id))),
      drained: () => Promise.reject(new Error('it sends to a CouchDB only')),
    }
  },
}

serveBench(pouchdb)
