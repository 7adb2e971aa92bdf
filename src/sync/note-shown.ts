// Records that a read, a list or a pull has shown may be those of creations of which nobody knows whether they were made (R21).
import type { Endpoint, Page } from '../endpoint/endpoint.js'
import type { Json } from '../model/record.js'
import type { Database } from '../store/database.js'
import { lookAgainFor } from '../store/undecided.js'
import { hasAllSent } from './read-lane.js'

export interface ShownRecords {
  endpoint: Endpoint
  account: string
  collection: string
  records: Page['records']
  description?: Json | undefined
  nowMs: number
}

/**
 * Has the sender look once more for creations that can have made one of these records, by its own rules. Resolves with whether there
 * are any: then it has to be woken. To be called before the records become bases.
 */
export async function noteShown(
  db: Database,
  { endpoint, account, collection, records, description, nowMs }: ShownRecords,
): Promise<boolean> {
  const unnamed = records.filter(
    ({ id }) => db.memory.names.idOf({ account, collection, id: String(id) }) === undefined,
  )
  if (!unnamed.length) return false
  return lookAgainFor(
    db,
    { account, collection },
    (sent) => unnamed.some(({ record }) => hasAllSent(endpoint, collection, sent, record, description)),
    nowMs,
  )
}
