// A Backendless in memory, as far as this library speaks to it, with a log of all that took effect.
import type { Json } from '../../src/index.js'
import type { Applied, Ledger } from './judge.js'

type Row = { [property: string]: Json }

export interface WireRequest {
  method: string
  path: string
  token: string | null
  headers?: Headers
  query?: string
  body: unknown
  sentAtMs: number
  isCopy: boolean
}

export interface Answer {
  status: number
  body: Json
  headers?: { readonly [name: string]: string } | undefined
}

export const accounts = ['ann', 'bob', 'cid'] as const

/** Columns of the class; what else is sent is dropped in silence. */
const columns: { readonly [name: string]: string } = {
  p0: 'STRING',
  p1: 'STRING',
  p2: 'STRING',
  p3: 'STRING',
  age: 'INT',
  email: 'STRING',
}

/** Deleted by somebody. */
const formerColumns: { readonly [name: string]: string } = { ghost: 'STRING' }

export class Server implements Ledger {
  readonly users = new Map<string, Row>()
  readonly log: Applied[] = []
  /** Events that must never be: an update under another account's token. */
  readonly violations: string[] = []
  /** Its app's own logic refuses an update that would change nothing. */
  refusesCopies = false
  /** The description still has a column that is gone: what is sent of it is not refused before, and dropped in silence. */
  describesFormer = false
  #tokens = new Map<string, string>()
  #tokenCount = 0
  #clock = 0

  constructor(readonly nowMs: () => number) {
    for (const id of accounts) {
      this.users.set(id, {
        objectId: id,
        ___class: 'Users',
        ownerId: id,
        created: 1,
        updated: null,
        email: `${id}@x.co`,
        p0: null,
        p1: null,
        p2: null,
        p3: null,
        age: null,
      })
    }
  }

  /** All sessions end, or those of one user. */
  endSessions(userId?: string): void {
    for (const [token, owner] of this.#tokens) if (userId === undefined || owner === userId) this.#tokens.delete(token)
  }

  /** A client that is none of ours. */
  writeAs(userId: string, patch: Row): void {
    this.#apply(userId, patch, { sentAtMs: this.nowMs(), isCopy: false, by: 'other' })
  }

  valueOf(userId: string, property: string): Json | undefined {
    return this.users.get(userId)![property] ?? null
  }

  readonly normalized = normalized

  readonly failure: Answer = { status: 400, body: { code: 3024, message: 'General failure' } }

  answer(request: WireRequest): Answer {
    const { method, path } = request
    const [area = '', ...rest] = path.split('/')
    const name = decodeURIComponent(rest.join('/'))
    if (area === 'users' && method === 'POST' && name === 'login') return this.#login(request)
    if (area === 'users' && method === 'GET' && name.startsWith('isvalidusertoken/'))
      return { status: 200, body: this.#tokens.has(name.slice('isvalidusertoken/'.length)) }
    if (request.token !== null && !this.#tokens.has(request.token)) return refusal(401, 3064, 'Not existing user token')
    if (area === 'users' && method === 'GET' && name === 'logout') {
      if (request.token !== null) this.#tokens.delete(request.token)
      return { status: 200, body: null }
    }
    if (area === 'users' && method === 'GET' && name === 'userclassprops')
      return {
        status: 200,
        body: Object.entries({ ...columns, ...(this.describesFormer && formerColumns) }).map(([column, type]) => ({
          name: column,
          type,
          required: false,
          identity: column === 'email',
        })),
      }
    if (area === 'users' && method === 'PUT') return this.#update(name, request)
    if (area === 'data' && method === 'GET') {
      const user = this.users.get(name.replace(/^Users\//, ''))
      return user ? { status: 200, body: { ...user } } : refusal(404, 1000, 'Entity not found')
    }
    return refusal(404, 2000, `No such operation: ${method} ${path}`)
  }

  #login({ body }: WireRequest): Answer {
    const { login } = body as { login: string }
    const user = this.users.get(login)
    if (!user) return refusal(401, 3003, 'Invalid login or password')
    const token = `token-${login}-${this.#tokenCount++}`
    this.#tokens.set(token, login)
    return { status: 200, body: { ...user, 'user-token': token } }
  }

  #update(userId: string, request: WireRequest): Answer {
    const user = this.users.get(userId)
    if (!user) return refusal(400, 3030, 'User not found')
    const owner = request.token === null ? undefined : this.#tokens.get(request.token)
    if (owner !== userId) {
      this.violations.push(`an update of ${userId} came with the token of ${owner}`)
      return refusal(403, 3029, 'Unable to update another user')
    }
    const sent = request.body as Row
    for (const [name, value] of Object.entries(sent)) {
      if (typeof value !== 'string') continue
      if (value.includes('!invalid')) return refusal(400, 3040, `The value of ${name} is not valid`)
      if (value.includes('!forbidden')) return refusal(400, 1011, `No permission for ${name}`)
      if (value.includes('!odd')) return refusal(400, 20_001, `The app's logic does not want ${name}`)
      if (name !== 'email') continue
      const identity = value.trim().toLowerCase()
      for (const other of this.users.values())
        if (other !== user && other.email === identity) return refusal(400, 3018, 'The identity is taken')
    }
    const stored = Object.entries(sent).filter(([name]) => Object.hasOwn(columns, name))
    if (this.refusesCopies && stored.every(([name, value]) => user[name] === normalized(name, value)))
      return refusal(400, 20_002, 'Nothing to change')
    this.#apply(userId, Object.fromEntries(stored), { ...request, by: 'tab' })
    return { status: 200, body: { ...user } }
  }

  #apply(userId: string, patch: Row, { sentAtMs, isCopy, by }: Pick<Applied, 'sentAtMs' | 'isCopy' | 'by'>): void {
    const user = this.users.get(userId)!
    for (const [name, value] of Object.entries(patch)) user[name] = normalized(name, value)
    user.updated = ++this.#clock
    this.log.push({ atMs: this.nowMs(), record: userId, patch, sentAtMs, isCopy, by })
  }
}

/** A value as its column keeps it. */
function normalized(name: string, value: Json): Json {
  if (name === 'age' && typeof value === 'string') return Number(value)
  if (name === 'email' && typeof value === 'string') return value.trim().toLowerCase()
  return value
}

function refusal(status: number, code: number, message: string): Answer {
  return { status, body: { code, message } }
}
