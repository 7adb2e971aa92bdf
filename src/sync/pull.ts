// One pull of a collection: page by page, written in parts (R23).
import type { Endpoint, Page, Refused } from '../endpoint/endpoint.js'
import { keptVersion } from '../endpoint/versions.js'
import { type Failure, ruleOf } from '../model/failure.js'
import { listOf, replyDepth } from '../model/shape.js'
import { type Cursor, readCursor } from '../store/cursors.js'
import type { Database } from '../store/database.js'
import { readVersion } from '../store/read-snapshot.js'
import type { Session } from '../store/rows.js'
import { expireSession } from '../store/sessions.js'
import { type AskedPage, type PagePart, type Pull, type PullEnd, takePart, type TakenPart } from '../store/take-page.js'
import { noteShown } from './note-shown.js'
import { type Caller, request, type Wire } from './request.js'

/** So many records are asked for, and written by one transaction. */
const partSize = 500

/** Where a backend does not tell of deletions, the ids of a list of everything show them, so often. */
const compareAfterMs = 86_400_000

/** So many pages in a row without a record that the pull has not had: the list has no end. */
const mostBarren = 100

const pageShape: object = { ok: true, records: listOf({ record: {} }), 'gone?': [], 'whole?': true, 'partial?': true }

export interface PullRequest {
  endpoint: Endpoint
  collection: string
  session: Session
  caller: Caller
  timeoutMs: number
  signal: AbortSignal
  /** A lane that waited may be looked at now. */
  wake(): void
}

/** `isComplete`: false where records were left out that this device knows to be newer: another pull has to follow. */
export type PullResult = { ok: true; received: number; isComplete: boolean } | Refused

/** `undefined`: it was given up, or another pull or session has overtaken it. */
export async function pullList(
  parts: { db: Database } & Wire,
  asked: PullRequest,
  isSecond = false,
): Promise<PullResult | undefined> {
  const { db, clock } = parts
  const { endpoint, collection, session, signal } = asked
  const { account, sessionId } = session
  const cursor = await readCursor(db, account, collection)
  const { ids, maxRecords = Infinity } = endpoint
  const listing = listingOf(db, endpoint)
  const since = usableSince(cursor, listing, clock.now())
  const named = new Set<string>()
  let first: AskedPage | undefined
  const isAll = since === undefined
  const end = { listing, maxRecords, isAll, tellsGone: false, isIncomplete: false, since: undefined as Cursor['since'] }
  let isWhole = true
  let received = 0
  const seen = new Set<string>()
  let barren = 0
  for (let next: Page['next']; ;) {
    const version = await readVersion(db)
    const now = { atMs: clock.now(), version }
    first ??= now
    const page = await askPage(parts, asked, since, next)
    if (signal.aborted) return undefined
    if (!page.ok) {
      if (ruleOf(page.failure.kind).scope === 'account') await expireSession(db, sessionId, page.failure)
      // The backend does not know the cursor any more, so that all is asked for.
      if (since === undefined || !isOfCursor(page.failure)) return page
      return pullAll(parts, asked, cursor!)
    }
    const shown = { endpoint, account, collection, records: page.records, description: asked.caller.description }
    if (await noteShown(db, { ...shown, nowMs: now.atMs })) asked.wake()
    isWhole &&= !!page.whole
    // Changes between two pages may be behind the place of the last one.
    end.since ??= page.since
    end.tellsGone ||= page.gone !== undefined
    next = page.next
    if (next !== undefined && seen.has(JSON.stringify(next))) return repeated
    seen.add(JSON.stringify(next))
    const before = named.size
    received += page.records.length
    const pull: Pull = { account, sessionId, collection, from: cursor, ids, partial: !!page.partial }
    const kept = page.records.map((one) => ({ ...one, version: keptVersion(endpoint, one.version) }))
    const pieces = inParts({ asked: now, records: kept, gone: page.gone ?? [] })
    for (const [at, part] of pieces.entries()) {
      const isLast = next === undefined && at === pieces.length - 1
      const ending: PullEnd | undefined = isLast
        ? { ...end, whole: isWhole ? { named, asked: first, isSecond } : undefined }
        : undefined
      // As in `request`: the objects of an answer are the endpoint's.
      const records = copyOf(part.records)
      if (!records) return uncopied
      const own = { ...part, records }
      const taken: TakenPart | undefined = await takePart(db, pull, own, clock.now(), ending)
      if (!taken || signal.aborted) return undefined
      if (taken.again) return pullList(parts, asked, true)
      for (const name of taken.named) named.add(name)
      end.isIncomplete ||= taken.leftOut
    }
    barren = named.size > before || page.gone?.length ? 0 : barren + 1
    if (barren === mostBarren) return endless
    if (next === undefined) return { ok: true, received, isComplete: !end.isIncomplete }
  }
}

/** The same without the cursor, which counts as used. */
async function pullAll(
  parts: { db: Database } & Wire,
  asked: PullRequest,
  cursor: Cursor,
): Promise<PullResult | undefined> {
  const { account, sessionId } = asked.session
  const { listing, tellsGone = false } = cursor
  const pull: Pull = { account, sessionId, collection: asked.collection, from: cursor, ids: 'device', partial: false }
  const none: PagePart = { asked: { atMs: 0, version: 0 }, records: [], gone: [] }
  const end = { listing, since: undefined, isAll: false, tellsGone, isIncomplete: false, maxRecords: Infinity }
  return (await takePart(parts.db, pull, none, 0, end)) && pullList(parts, asked)
}

async function askPage(
  wire: Wire,
  { endpoint, collection, caller, timeoutMs, signal }: PullRequest,
  since: Cursor['since'],
  next: Page['next'],
): Promise<Page | Refused> {
  const wanted = { collection, since, next, limit: partSize }
  const limits = { timeoutMs, signal }
  const page = await request(
    wire,
    caller,
    limits,
    (context) => endpoint.list!(wanted, context),
    pageShape,
    replyDepth + 2,
  )
  const isNamed = !page.ok || [...page.records.map(({ id }) => id), ...(page.gone ?? [])].every(isName)
  return isNamed ? page : unnamed
}

/** `undefined`: one is no plain object, as a proxy of the app's state is not. */
function copyOf<T>(records: T): T | undefined {
  try {
    return structuredClone(records)
  } catch {
    return undefined
  }
}

function isName(id: unknown): boolean {
  return (typeof id === 'string' && id !== '') || Number.isSafeInteger(id)
}

const failure = (message: string): Refused => ({ ok: false, failure: { kind: 'server', message } })
const unnamed = failure('The endpoint failed: its list names a record by something that is no id')
const uncopied = failure('The endpoint failed: its list has an object that cannot be copied')
const endless = failure(
  `The endpoint failed: ${mostBarren} pages of its list in a row have nothing new, and each names another one`,
)
const repeated = failure('The endpoint failed: its list names a next page that was read already')

/** The name of what a cursor goes on from: the list, and the shape of the app's data, since bases of another one are read again (R26). */
export function listingOf(
  { shapes: { version } }: Pick<Database, 'shapes'>,
  { listing = '' }: Pick<Endpoint, 'listing'>,
): string {
  return version ? `${listing} ${version}` : listing
}

/** Of this list, and not where a list of everything is due to show what is gone. */
function usableSince(cursor: Cursor | undefined, listing: string, nowMs: number): Cursor['since'] {
  if (cursor?.listing !== listing) return undefined
  const isDue = !cursor.tellsGone && Math.abs(nowMs - (cursor.allAtMs ?? 0)) > compareAfterMs
  return isDue ? undefined : cursor.since
}

function isOfCursor({ status }: Failure): boolean {
  return status === 400 || status === 404 || status === 410
}

function inParts({ asked, records, gone }: PagePart): PagePart[] {
  const pieces: PagePart[] = []
  for (let at = 0; at < Math.max(1, records.length); at += partSize)
    pieces.push({ asked, records: records.slice(at, at + partSize), gone: at ? [] : gone })
  return pieces
}
