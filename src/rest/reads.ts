// Floor 6: reading a record, a page of a list, and the record of a creation; and R27, which rests on such reads.
import type { FindRequest, ListRequest, Page, Refused, Reply, RequestContext } from '../endpoint/endpoint.js'
import { failed, type ProvenAnswer } from '../endpoint/http.js'
import { unproven } from '../endpoint/proof.js'
import { ruleOf } from '../model/failure.js'
import { own } from '../model/own.js'
import type { Json } from '../model/record.js'
import type { Refusal } from './ask.js'
import type { RestCredentials } from './credentials.js'
import type { RestPage } from './options.js'
import { below, isId, nextLink } from './paths.js'
import { type NamedRecord, recordIn, recordsIn } from './records.js'
import type { Resource } from './resource.js'
import { isAbsent, noVerdict } from './verdict.js'

export type Seen = ({ ok: true; version?: string | undefined } & NamedRecord) | Refusal

export interface Reads {
  /** The record as the server answers it; of a refusal, R27 is open. `by`: with these credentials, and no others. */
  see(id: string, context: RequestContext, by?: RestCredentials): Promise<Seen>
  read(id: string, context: RequestContext): Promise<Reply>
  list(request: Omit<ListRequest, 'collection'>, context: RequestContext): Promise<Page | Refused>
  /** Names the list: another address, query or form of it is another list. */
  readonly listing: string
  find(request: FindRequest, context: RequestContext): Promise<Reply>
  /** The refusal of a write as R27 has it; `id`: of a record that the server knows. */
  borneOut(refusal: Refusal, id: string | undefined, context: RequestContext): Promise<Refused>
}

/** A list may be longer than a record, and has two levels more around each one. */
const listLimits = { sizeBytes: 64_000_000, depth: 67 }

export function createReads(resource: Resource): Reads {
  const { one, root, ask, decode, isRecord, same, addressOf, failureOf, versions } = resource
  const { list, clientKey = '' } = one
  const { query, page, partial } = list || {}

  /** The part of a list in an answer, or its defect. */
  function pageIn({ json, headers }: ProvenAnswer, address: string, asked?: Json): Page | string {
    const found: Partial<RestPage> = page
      ? page(json ?? null, headers, asked)
      : { records: json as Json[], next: nextLink(headers.get('link')) }
    const named = recordsIn(found?.records, decode)
    if (typeof named === 'string') return named
    const records = versions ? named.map((one) => ({ ...one, version: versions.of(one.record) })) : named
    const { next, gone, since, whole = !query } = found
    const nextAddress = next === undefined ? undefined : below(root, next, root.origin + address)
    if (next !== undefined && (nextAddress === undefined || nextAddress === address))
      return 'names a next page that is not below "url", or is this one'
    if (gone && !(Array.isArray(gone) && gone.every(isId))) return 'names something gone that is no id'
    return { ok: true, records, gone, next: nextAddress, since, whole, partial }
  }

  const listed = (
    address: string,
    context: RequestContext,
    by?: RestCredentials,
    since?: Json,
  ): Promise<Page | Refusal> => {
    const prove = (answer: ProvenAnswer): Page | string => pageIn(answer, address, since)
    return ask({ method: 'GET', address, limits: listLimits, failureOf, prove }, context, by)
  }

  function listAddress(
    { since, next, limit }: Omit<ListRequest, 'collection'>,
    context: Pick<RequestContext, 'record'>,
  ): string {
    if (next !== undefined) {
      const address = typeof next === 'string' ? below(root, next, root.href) : undefined
      if (address === undefined) throw new TypeError('The next page is not below "url"')
      return address
    }
    const search = new URLSearchParams(
      Object.entries(query?.(since, limit) ?? {}).map(([name, value]) => [name, `${value}`]),
    )
    return addressOf('list', context) + (search.size ? `?${search}` : '')
  }

  /** The verdict, where the list shows that the credentials are good and the collection is there (R27). */
  async function borneOutByList(refusal: Refusal, context: RequestContext): Promise<Refused> {
    const { failure } = refusal
    if (list === false)
      // Nobody can show it, and one record must not hold up all others.
      return isAbsent(failure.status)
        ? failed(unproven({ status: failure.status! }, failure.message))
        : noVerdict(refusal)
    const proof = await listed(listAddress({ limit: 1 }, context), context, refusal.by)
    if (proof.ok) return failed(failure)
    const isRefused = proof.isDoubted || ruleOf(proof.failure.kind).class === 'verdict'
    return isRefused ? noVerdict(refusal) : failed(proof.failure)
  }

  const see: Reads['see'] = (id, context, by) =>
    ask(
      {
        method: 'GET',
        address: addressOf('read', context, undefined, id),
        failureOf,
        isRecord: (json) => isRecord(json, id),
        prove({ json, headers }) {
          const found = recordIn(json, decode)
          if (!found) return 'is no record with an id'
          if (String(found.id) !== id) return 'is about another record'
          return { ok: true, ...found, version: versions?.of(found.record, headers) }
        },
      },
      context,
      by,
    )

  async function borneOut(refusal: Refusal, id: string | undefined, context: RequestContext): Promise<Refused> {
    if (!refusal.isDoubted) return failed(refusal.failure)
    if (id !== undefined) {
      const seen = await see(id, context, refusal.by)
      // It is there: 403 is about the edit, and 404 about the address that the edit went to.
      if (seen.ok) return isAbsent(refusal.failure.status) ? noVerdict(refusal) : failed(refusal.failure)
      if (!seen.isDoubted && ruleOf(seen.failure.kind).class !== 'verdict') return failed(seen.failure)
      const found = await borneOutByList(refusal, context)
      const isShown = ruleOf(seen.failure.kind).endsLane && ruleOf(found.failure.kind).endsLane
      return isShown ? { ...found, record: null } : found
    }
    return borneOutByList(refusal, context)
  }

  async function removed(id: string, context: RequestContext): Promise<Refused | undefined> {
    const address = addressOf('delete', context, undefined, id)
    const done = await ask({ method: 'DELETE', address, failureOf, prove: () => ({ ok: true as const }) }, context)
    if (done.ok || isAbsent(done.failure.status)) return undefined
    const refused = await borneOut(done, id, context)
    // One that the account may not delete stays.
    return ruleOf(refused.failure.kind).class === 'verdict' ? undefined : refused
  }

  return {
    see,
    async read(id, context) {
      const seen = await see(id, context)
      if (seen.ok) return { ok: true, record: seen.record, version: seen.version }
      const refused = seen.isDoubted ? await borneOutByList(seen, context) : failed(seen.failure)
      return ruleOf(refused.failure.kind).endsLane ? { ok: true, record: null } : refused
    },
    listing: [root.href, one.path ?? resource.name, one.decode, query, page].join('\n'),
    async list(request, context) {
      const found = await listed(listAddress(request, {}), context, undefined, request.since)
      return found.ok ? found : noVerdict(found)
    },
    async find({ editId, sent, keeps }, context) {
      const address = `${addressOf('list', { record: sent })}?${new URLSearchParams({ [clientKey]: editId })}`
      const found = await listed(address, context)
      if (!found.ok) return noVerdict(found)
      const { records } = found
      if (!records.length) return { ok: true, record: null }
      if (!records.every(({ record }) => own(record, clientKey) === editId)) {
        const message = `The server does not filter by "${clientKey}": it can find no creation by it`
        return failed({ kind: 'other', reason: 'filter', message })
      }
      // A browser can send a POST twice by itself.
      const [oldest] = [...records].sort(byAge)
      const kept = keeps === undefined ? oldest : records.find(({ id }) => String(id) === String(keeps))
      for (const { id, record } of kept || keeps === null ? records : []) {
        if (id === kept?.id) continue
        const isAsSent =
          sent && Object.entries(sent).every(([name, value]) => same(name, value, own(record, name) ?? null))
        const failure = isAsSent && (await removed(String(id), context))
        if (failure) return failure
      }
      return kept ? { ok: true, ...kept } : { ok: true, record: null }
    },
    borneOut,
  }
}

/** Where servers count, the lower number is the older one; else the list has the older one first. */
function byAge({ id: one }: { id: string | number }, { id: other }: { id: string | number }): number {
  return typeof one === 'number' && typeof other === 'number' ? one - other : 0
}
