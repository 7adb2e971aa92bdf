// A server with two collections in memory: notebooks, and notes that may name one. It logs each change that took effect.
import type { Json } from '../../src/index.js'
import type { Applied, Ledger, Row } from './judge.js'
import type { ListedPage } from './record-lists.js'
import { guardOf, isStale, tagOf, type VersionRules } from './record-versions.js'
import type { Answer, WireRequest } from './server.js'

/** How a collection treats creations. */
export interface CollectionRules {
  ids: 'device' | 'server'
  /** A creation comes as a PUT to the device's id. */
  isPut: boolean
  /** The server knows the key of a creation for so long. */
  keyValidForMs?: number | undefined
  /** Creations carry their key in a property of this name; `isUnique`: no second record may have the same. */
  clientKey?: string | undefined
  isUnique: boolean
  /** Ids of the server are numbers. */
  isNumbered: boolean
  /** A list that is asked for one property has all records all the same. */
  ignoresFilter?: boolean
  /** How the server tells of the versions of a record; absent: it does not. */
  versions?: VersionRules | undefined
}

export type CollectionName = 'notebooks' | 'notes'

interface Stored {
  readonly collection: CollectionName
  readonly owner: string
  lane: string
  readonly values: { [property: string]: Json }
  /** The number of the edit that made it; none: another client did. */
  readonly mark: number | undefined
  readonly bornAtMs: number
  /** Its place in lists. */
  readonly nth: number
}

export interface AppliedToRecord extends Applied {
  op: 'create' | 'update' | 'delete'
  collection: CollectionName
  /** The server's id, as text. */
  id: string
  mark: number | undefined
}

type Source = Pick<AppliedToRecord, 'sentAtMs' | 'isCopy' | 'by' | 'isGuarded'>

export class RecordServer implements Ledger {
  readonly records = new Map<string, Stored>()
  readonly log: AppliedToRecord[] = []
  readonly violations: string[] = []
  /** The status of an answer to who is not logged in: some servers take 403 for it. */
  loggedOutStatus: 401 | 403 = 401
  /** Requests for a creation that came, by the number of the edit; `isCopy`: of the network's making. */
  readonly creations: { mark: number; isCopy: boolean; took: boolean; key: string | null; atMs: number }[] = []
  /** The lane of the record that an edit made: the judge knows. */
  laneOfMark: (mark: number) => string | undefined = () => undefined
  /** Whether a creation under this id of the device was lost with its database: a page may name it before it hears of that. */
  isLost: (collection: CollectionName, id: string) => boolean = () => false
  /** Collections whose lists are answered as pages, also where one record is looked for. */
  readonly inPages = new Set<string>()
  /** The records that there are or have been. */
  readonly #former = new Map<string, Stored>()
  /** Those that are not there any more, each with its time by the server's own clock. */
  readonly #gone: { stored: Stored; at: number }[] = []
  readonly #keys = new Map<string, { answer: Answer; atMs: number }>()
  readonly #tokens = new Map<string, string>()
  #count = 0
  /** Records, each time that one is made. */
  #made = 0
  #clock = 0

  constructor(
    readonly rules: { readonly [name in CollectionName]: CollectionRules },
    readonly nowMs: () => number,
  ) {}

  readonly normalized = (_: string, value: Json): Json => value

  readonly failure: Answer = { status: 500, body: { code: 'failure', message: 'Something went wrong' } }

  openSession(account: string): string {
    const token = `token-${account}-${++this.#count}`
    this.#tokens.set(token, account)
    return token
  }

  endSessions(account?: string): void {
    for (const [token, owner] of this.#tokens)
      if (account === undefined || owner === account) this.#tokens.delete(token)
  }

  valueOf(lane: string, property: string): Json | undefined {
    const value = this.ofLane(lane)?.values[property]
    // As the log has it.
    return property === 'notebookId' && value !== undefined ? this.deviceIdOfNotebook(value) : value
  }

  ofLane(lane: string): Stored | undefined {
    return [...this.records.values()].find((record) => record.lane === lane)
  }

  /** Whether the record is there, and has been so since it was made, once. */
  isUntouched(lane: string): boolean {
    return !!this.ofLane(lane) && this.log.filter((one) => one.record === lane && one.op !== 'update').length === 1
  }

  /** The lane of a record that there is or has been, by the server's id. */
  laneOfId(collection: string, id: string): string | undefined {
    return this.#former.get(`${collection}/${id}`)?.lane
  }

  /**
   * The device has named the record of a lane so. Of several that one creation has made it keeps one; the record is that one
   * from now on, and the other is its double.
   */
  named(lane: string, collection: CollectionName, id: Json): void {
    const own = this.log.find((one) => one.op === 'create' && one.collection === collection && one.id === idText(id))
    if (own?.record === lane) return
    const double = own?.record
    if (!double?.startsWith(`${lane}#`))
      return void this.violations.push(`${lane} is named ${JSON.stringify(id)}, which its creation has not made`)
    const swapped = (name: string): string => (name === lane ? double : name === double ? lane : name)
    for (const applied of this.log) applied.record = swapped(applied.record)
    for (const record of this.#former.values()) record.lane = swapped(record.lane)
  }

  /** The record at this address is one more of a creation that has made another one. */
  isDouble(path: string): boolean {
    return !!this.records.get(path)?.lane.includes('#')
  }

  ofMark(mark: number): Stored[] {
    return [...this.records.values()].filter((record) => record.mark === mark)
  }

  ownedBy(account: string, collection: CollectionName): Stored[] {
    return [...this.records.values()].filter((one) => one.owner === account && one.collection === collection)
  }

  hasChildren(collection: CollectionName, id: Json): boolean {
    return collection === 'notebooks' && [...this.records.values()].some(({ values }) => values.notebookId === id)
  }

  /** The id that a notebook has on the device, by the server's. */
  deviceIdOfNotebook(id: Json): Json {
    const notebook = this.records.get(`notebooks/${idText(id)}`)
    return notebook ? deviceIdOf(notebook.lane) : id
  }

  /** Another client's change; `id`: of a record that there is, or none for a new one. */
  writeAs(account: string, collection: CollectionName, id: string | undefined, patch: Row | null): string {
    const source: Source = { sentAtMs: this.nowMs(), isCopy: false, by: 'other' }
    if (id === undefined) return this.#create(account, collection, undefined, patch!, source)
    const key = `${collection}/${id}`
    if (patch) this.#update(key, patch, source)
    else this.#delete(key, source)
    return id
  }

  answer(request: WireRequest): Answer {
    const { method } = request
    const [collection = '', encoded, ...rest] = request.path.split('/')
    const account = this.#tokens.get(request.headers?.get('authorization')?.replace(/^Bearer /, '') ?? '')
    if (account === undefined) return refusal(this.loggedOutStatus, 'session', 'The session has ended')
    if ((collection !== 'notebooks' && collection !== 'notes') || rest.length)
      return refusal(404, 'route', `There is no ${request.path}`)
    const id = encoded ? decodeURIComponent(encoded) : undefined
    if (method === 'GET' && id === undefined) return this.#list(account, collection, request.query ?? '')
    const key = `${collection}/${id}`
    if (method === 'POST' && id === undefined) return this.#post(account, collection, request)
    if (method === 'PUT' && id !== undefined) return this.#post(account, collection, request, id)
    const record = this.records.get(key)
    if (method !== 'GET' && !record && !this.#former.has(key) && !this.isLost(collection, id!))
      this.violations.push(`${method} ${key}, and the server never had such a record`)
    if (record && record.owner !== account && method !== 'GET')
      this.violations.push(`${method} ${key} of ${record.owner} with a token of ${account}`)
    if (record?.owner !== account) return refusal(404, 'absent', `There is no ${key}`)
    const { versions } = this.rules[collection]
    if (method === 'GET') {
      const answer = shown(200, record, versions)
      this.onRead(collection, record.values)
      return answer
    }
    const guard = guardOf(versions, request)
    if (versions === 'demanded' && guard === undefined) return refusal(428, 'unversioned', 'Name a version')
    if (isStale(guard, record.values)) return refusal(versions === 'property' ? 409 : 412, 'stale', 'It was changed')
    const source: Source = { ...request, by: 'tab', isGuarded: guard !== undefined }
    if (method === 'PATCH') {
      const { updated: _, ...patch } = request.body as Row
      const flaw = this.#flawOf(patch)
      if (flaw) return flaw
      this.#update(key, patch, source)
      const answer = shown(200, record, versions)
      this.onUpdated(collection, record.values)
      return answer
    }
    if (method !== 'DELETE') return refusal(405, 'method', `${method} is not allowed`)
    const children = this.#childrenOf(collection, record)
    if (children.length) {
      this.#refusedParent(record.lane, children)
      return refusal(409, 'children', 'Other records refer to it')
    }
    this.#delete(key, source)
    return { status: 200, body: {} }
  }

  /** Told when a tab has read a record, and the answer is under way. */
  onRead: (collection: CollectionName, values: Row) => void = () => {}

  /** Told when a tab has changed a record. */
  onUpdated: (collection: CollectionName, values: Row) => void = () => {}

  /** Told when a page is answered that is not the last one. */
  onMorePages: (account: string, collection: CollectionName) => void = () => {}

  /** Told when a deletion is refused since there are children. */
  onChildren: (lane: string, children: readonly string[]) => void = () => {}

  #refusedParent(lane: string, children: readonly Stored[]): void {
    this.onChildren(
      lane,
      children.map((child) => child.lane),
    )
  }

  #childrenOf(collection: CollectionName, { values }: Stored): Stored[] {
    if (collection !== 'notebooks') return []
    return [...this.records.values()].filter((one) => one.collection === 'notes' && one.values.notebookId === values.id)
  }

  #list(account: string, collection: CollectionName, query: string): Answer {
    const search = new URLSearchParams(query)
    if (search.has('lim')) return { status: 200, body: this.#page(account, collection, search) as never }
    const { clientKey, ignoresFilter } = this.rules[collection]
    const wanted = clientKey === undefined || ignoresFilter ? null : search.get(clientKey)
    const found = this.ownedBy(account, collection).filter(
      ({ values }) => wanted === null || values[clientKey!] === wanted,
    )
    const records = found.map(({ values }) => ({ ...values }))
    return { status: 200, body: this.inPages.has(collection) ? { records, since: this.#clock } : records }
  }

  /** Lists of a collection that omits some leave this record out. */
  isOmitted(lane: string): boolean {
    return isThird(this.ofLane(lane))
  }

  /** By the order of their making, in which no change or deletion moves a record. */
  #page(account: string, collection: CollectionName, search: URLSearchParams): ListedPage {
    const numberIn = (name: string): number => Number(search.get(name) ?? 0)
    const since = numberIn('since')
    const all = this.ownedBy(account, collection).filter(
      (one) =>
        one.nth > numberIn('after') && Number(one.values.updated) > since && !(search.has('used') && isThird(one)),
    )
    const shown = all.slice(0, numberIn('lim'))
    const gone = this.#gone.filter(
      ({ stored, at }) =>
        stored.owner === account &&
        stored.collection === collection &&
        at > since &&
        // One that was made again under its id is there.
        !this.ownedBy(account, collection).some(({ values }) => values.id === stored.values.id),
    )
    const next = new URLSearchParams(search)
    next.set('after', String(shown.at(-1)?.nth ?? 0))
    const page: ListedPage = {
      records: shown.map(({ values: { p1, ...values } }) => ({
        ...values,
        ...(!search.has('slim') && p1 !== undefined && { p1 }),
      })) as never,
      ...(all.length > shown.length && { next: `${collection}?${next}` }),
      ...(search.has('since') && { gone: gone.map(({ stored }) => stored.values.id as string | number) }),
      since: this.#clock,
    }
    if (page.next) this.onMorePages(account, collection)
    return page
  }

  #post(account: string, collection: CollectionName, request: WireRequest, put?: string): Answer {
    const body = request.body as Row
    const rules = this.rules[collection]
    const mark = typeof body.mark === 'string' ? Number(body.mark.slice(1)) : NaN
    const key = request.headers?.get('idempotency-key') ?? null
    const noted = { mark, isCopy: request.isCopy, took: false, key, atMs: this.nowMs() }
    this.creations.push(noted)
    const maker = typeof body.mark === 'string' ? body.owner : undefined
    if (maker !== account) this.violations.push(`a record of ${JSON.stringify(maker)} came with a token of ${account}`)
    const known = key === null || rules.keyValidForMs === undefined ? undefined : this.#keys.get(key)
    if (known && this.nowMs() - known.atMs < rules.keyValidForMs!) return known.answer
    const answer = ((): Answer => {
      const flaw = this.#flawOf(body)
      if (flaw) return flaw
      const id = put ?? (rules.ids === 'device' ? idText(body.id!) : undefined)
      if (id !== undefined && this.records.has(`${collection}/${id}`))
        return put === undefined ? refusal(409, 'taken', 'The id is taken') : refusal(412, 'taken', 'It is there')
      if (rules.clientKey !== undefined && rules.isUnique) {
        const isTaken = this.ownedBy(account, collection).some(
          ({ values }) => values[rules.clientKey!] === body[rules.clientKey!],
        )
        if (isTaken) return refusal(422, 'taken', `${rules.clientKey} is taken`)
      }
      noted.took = true
      const made = this.#create(account, collection, id, body, { ...request, by: 'tab' }, mark)
      return shown(201, this.records.get(`${collection}/${made}`)!, rules.versions)
    })()
    if (key !== null && answer.status < 300) this.#keys.set(key, { answer, atMs: this.nowMs() })
    return answer
  }

  #flawOf(values: Row): Answer | undefined {
    for (const [name, value] of Object.entries(values)) {
      if (name === 'notebookId' && value !== null) {
        const key = `notebooks/${idText(value)}`
        const parent = this.records.get(key)
        if (!parent && !this.#former.has(key) && !this.isLost('notebooks', idText(value)))
          this.violations.push(`a note names the notebook ${JSON.stringify(value)}, which there never was`)
        const isNumber = typeof value === 'number'
        const isNumbered = this.rules.notebooks.ids === 'server' && this.rules.notebooks.isNumbered
        if (isNumber !== isNumbered && !this.isLost('notebooks', idText(value)))
          this.violations.push(`a note names the notebook ${JSON.stringify(value)}, in a form that is not the server's`)
        if (!parent) return refusal(422, 'reference', 'There is no such notebook')
      }
      if (typeof value !== 'string') continue
      if (value.includes('!invalid')) return refusal(422, 'invalid', `The value of ${name} is not valid`)
      if (value.includes('!forbidden')) return refusal(403, 'forbidden', `No permission for ${name}`)
      if (value.includes('!odd')) return refusal(418, 'odd', `The app's logic does not want ${name}`)
    }
    return undefined
  }

  #create(
    owner: string,
    collection: CollectionName,
    named: string | undefined,
    values: Row,
    source: Source,
    mark?: number,
  ): string {
    const isNumbered = named === undefined && this.rules[collection].isNumbered
    const number = 100 + ++this.#count
    const id = named ?? (isNumbered ? String(number) : `${collection[0]}x${number}`)
    const own = mark === undefined ? undefined : this.laneOfMark(mark)
    const lane = own ?? `${owner}/${collection}/${id}`
    const isDouble = this.log.some((one) => one.record === lane && one.op === 'create' && one.id !== id)
    const stored: Stored = {
      collection,
      owner,
      lane: isDouble ? `${lane}#${id}` : lane,
      mark,
      bornAtMs: this.nowMs(),
      // A record that is made again under its id is a later one: no two have one number.
      nth: ++this.#made,
      values: { ...values, id: isNumbered ? number : id, updated: ++this.#clock },
    }
    this.records.set(`${collection}/${id}`, stored)
    this.#former.set(`${collection}/${id}`, stored)
    this.#note('create', id, stored, values, source)
    return id
  }

  #update(key: string, patch: Row, source: Source): void {
    const stored = this.records.get(key)!
    Object.assign(stored.values, patch, { updated: ++this.#clock })
    this.#note('update', key.slice(key.indexOf('/') + 1), stored, patch, source)
  }

  #delete(key: string, source: Source): void {
    const stored = this.records.get(key)!
    this.records.delete(key)
    this.#gone.push({ stored, at: ++this.#clock })
    this.#note('delete', key.slice(key.indexOf('/') + 1), stored, {}, source)
  }

  #note(op: AppliedToRecord['op'], id: string, stored: Stored, sent: Row, source: Source): void {
    const { collection, lane: record, mark } = stored
    const { sentAtMs, isCopy, by, isGuarded = false } = source
    const { id: _, ...patch } = sent
    const { notebookId } = patch
    if (notebookId !== undefined && notebookId !== null) {
      const parent = this.records.get(`notebooks/${idText(notebookId)}`)
      if (parent) Object.assign(patch, { notebookId: deviceIdOf(parent.lane) })
    }
    this.log.push({ atMs: this.nowMs(), op, collection, id, mark, record, patch, sentAtMs, isCopy, by, isGuarded })
  }
}

/** An id of this server as part of an address. */
export function idText(id: Json): string {
  return typeof id === 'string' ? id : JSON.stringify(id)
}

/** The id that a lane's record has on the device. */
function deviceIdOf(lane: string): string {
  return lane.split('/')[2]!
}

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { code, message } }
}

function shown(status: number, { values }: Stored, versions: VersionRules | undefined): Answer {
  return { status, body: { ...values }, headers: tagOf(versions, values) }
}

function isThird(record: Stored | undefined): boolean {
  return !!record && record.nth % 3 === 0
}
