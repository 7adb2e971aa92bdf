// The reads of a lane: of its record by the id, or, of a creation whose record the backend names, in another way (R21).
import type { Endpoint, Page, Refused, Reply, RequestContext } from '../endpoint/endpoint.js'
import { type Failure, ruleOf } from '../model/failure.js'
import { own } from '../model/own.js'
import type { Json, LaneKey, Properties, RecordKey } from '../model/record.js'
import { looselySame } from '../model/same.js'
import type { Database } from '../store/database.js'
import { knownBefore } from '../store/known-before.js'
import type { Step } from './lane/decision.js'
import type { Search } from './lane/search.js'

/** Most records that one page of a list is asked for, and most pages: a longer list finds nothing. */
const pageLimit = 500
const mostPages = 100

export interface LaneRead {
  /** Of the lane. */
  lane: LaneKey
  /** As the backend names the record. */
  key: RecordKey
  step: Extract<Step, { step: 'read' }>
  description: Json | undefined
}

export async function askForLane(
  { db, lists }: { db: Database; lists: SharedLists },
  endpoint: Endpoint,
  { lane, key, step: { finds, probes }, description }: LaneRead,
  context: RequestContext,
): Promise<Reply> {
  const { collection } = key
  if (probes && endpoint.list)
    return endpoint.list({ collection, limit: 1 }, context).then((page) => (page.ok ? noRecord : page))
  if (!finds) return endpoint.read!(key, context)
  const { by, editId, sent, keeps, afterMs = Infinity } = finds
  if (by === 'edit') return endpoint.find!({ collection, editId, sent, ...(keeps !== undefined && { keeps }) }, context)
  const name = JSON.stringify([collection, context.account, context.token])
  const listed = await lists.of(name, afterMs, () => listAll(endpoint, collection, context))
  return findInList(endpoint, { lane, finds, description }, listed, (ids, beforeMs) =>
    knownBefore(db, lane, ids, beforeMs),
  )
}

const noRecord: Reply = { ok: true, record: null }

/** Whether a record has every value that was sent, in the backend's form of it or as it was sent. A cleared one may be absent. */
export function hasAllSent(
  endpoint: Endpoint,
  collection: string,
  sent: Properties,
  record: Properties,
  description?: Json,
): boolean {
  return Object.entries(sent).every(([name, value]) => {
    const got = own(record, name) ?? null
    return endpoint.same?.(name, value, got, description, collection) ?? looselySame(value, got)
  })
}

/** All records of a collection. */
type Listed = { ok: true; records: Page['records'] } | Refused

/** The list of a collection, for all lanes that look for a record in it at a time. */
export interface SharedLists {
  /** `name`: the same list for the same caller. `afterMs`: it has to be asked for by then or later. */
  of(name: string, afterMs: number, list: () => Promise<Listed>): Promise<Listed>
  /** No lane is under way that may ask for it. */
  forget(): void
}

export function createSharedLists(now: () => number): SharedLists {
  let last: { name: string; atMs: number; listed: Promise<Listed> } | undefined
  return {
    of(name, afterMs, list) {
      if (last?.name === name && last.atMs >= afterMs && last.atMs <= now()) return last.listed
      const mine = { name, atMs: now(), listed: list() }
      const failed = (): void => void (last === mine && (last = undefined))
      mine.listed.then(({ ok }) => ok || failed(), failed)
      last = mine
      return mine.listed
    },
    forget: () => void (last = undefined),
  }
}

/**
 * Looks for the record among all of the collection. It is the only one that this device did not know before the first try and that
 * has every value sent; none has shows nothing. Several such records are no answer.
 */
async function findInList(
  endpoint: Endpoint,
  {
    lane: { collection },
    finds: { sent, firstAtMs = 0 },
    description,
  }: Pick<LaneRead, 'lane' | 'description'> & { finds: Search },
  listed: Listed,
  known: (ids: readonly string[], beforeMs: number) => Promise<ReadonlySet<string>>,
): Promise<Reply> {
  if (!listed.ok) return listed
  const alike = new Map<string, Page['records'][number]>()
  for (const one of listed.records)
    if (hasAllSent(endpoint, collection, sent, one.record, description)) alike.set(String(one.id), one)
  for (const id of await known([...alike.keys()], firstAtMs)) alike.delete(id)
  if (alike.size > 1) return undecided('Several records have the values of the creation')
  const [found] = alike.values()
  return found ? { ok: true, id: found.id, record: found.record } : noRecord
}

/** A list that does not name every record is no answer. */
async function listAll(endpoint: Endpoint, collection: string, context: RequestContext): Promise<Listed> {
  const parts: Page['records'][] = []
  let next: Json | undefined
  let isWhole = false
  let pages = 0
  do {
    const page = await endpoint.list!({ collection, limit: pageLimit, ...(next !== undefined && { next }) }, context)
    if (!page.ok) return pages && ruleOf(page.failure.kind).endedBy === 'network' ? undecided(tooLong) : page
    parts.push(page.records)
    isWhole ||= !!page.whole
    next = page.next
  } while (next !== undefined && ++pages < mostPages)
  if (next !== undefined) return undecided(tooLong)
  return isWhole
    ? { ok: true, records: parts.flat() }
    : undecided('The list of the collection does not name every record')
}

const tooLong = 'The list of the collection is too long to look for a record in it'

function undecided(message: string): Refused {
  const failure: Failure = { kind: 'other', reason: 'list', message }
  return { ok: false, failure }
}
