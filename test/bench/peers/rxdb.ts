/* A collection on the Dexie storage, replicated with a push handler, as the documentation shows it. */
import { createRxDatabase } from 'rxdb'
import { replicateRxCollection } from 'rxdb/plugins/replication'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { serveBench } from '../page/bench.js'
import { type Contender, readRecord, sendPatch, sixAtATime, type View } from '../page/contender.js'

/** The members of a document that this file uses. */
interface Document {
  incrementalPatch(patch: object): Promise<unknown>
}

type User = { id: string } & { [property: string]: string }

const properties = ['objectId', 'email', 'name', 'city', 'street', 'phone', 'note']
const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 100 },
    ...Object.fromEntries(
      [...properties, ...Array.from({ length: 10 }, (_, index) => `p${index}`)].map((name) => [
        name,
        { type: 'string' },
      ]),
    ),
  },
  required: ['id'],
} as const

const rxdb: Contender = {
  async open() {
    const database = await createRxDatabase({ name: 'app', storage: getRxStorageDexie() })
    const { users } = await database.addCollections({ users: { schema } as never })
    const collection = users!
    const replication = replicateRxCollection<User, unknown>({
      collection: collection as never,
      replicationIdentifier: 'users',
      push: {
        // The documentation's handler posts the batch; this backend takes one record a request, and only what changes.
        async handler(rows) {
          await sixAtATime(rows, async ({ assumedMasterState: before, newDocumentState: after }) => {
            const changed = Object.entries(after).filter(
              ([name, value]) => name !== 'id' && name !== '_deleted' && before?.[name] !== value,
            )
            if (changed.length) await sendPatch(after.id, Object.fromEntries(changed))
          })
          return []
        },
      },
    })
    let refusals = 0
    replication.error$.subscribe(() => refusals++)
    const documents = new Map<string, Promise<Document | null>>()
    const find = (id: string): Promise<Document | null> => {
      let found = documents.get(id)
      if (!found) documents.set(id, (found = collection.findOne(id).exec() as Promise<Document | null>))
      return found
    }

    return {
      async edit(id, patch) {
        const known = await find(id)
        if (known) return known.incrementalPatch(patch)
        // Others that come while it is inserted wait for the document.
        const inserting = collection.incrementalUpsert({ id, ...patch }) as unknown as Promise<Document>
        documents.set(id, inserting)
        return inserting
      },
      observe(id, seen) {
        const subscription = collection.findOne(id).$.subscribe((found) => seen(found?.toJSON() as View))
        return () => subscription.unsubscribe()
      },
      async load(ids) {
        const records: User[] = []
        await sixAtATime(ids, async (id) => void records.push({ ...(await readRecord(id)), id } as User))
        await collection.bulkInsert(records)
        // Loaded documents count as changed, and are sent back.
        await replication.awaitInSync()
      },
      drained: async () => void (await replication.awaitInSync()),
      refusals: async () => refusals,
    }
  },
}

serveBench(rxdb)
