// Floor 7: the user service and the data service of a Backendless app in memory.
import type { Json, Operation, Properties } from '../../model/record.js'
import { objectIn, type FakeRecords, type StoredRecord } from '../records.js'
import type { FakeProtocol } from '../rest.js'
import { describe } from './columns.js'
import { scriptedFault, rowOf, type ServiceFault } from './row.js'
import { runUnit } from './unit-of-work.js'

export type Columns = { readonly [table: string]: { readonly [column: string]: string } }

/** The collection that has the users. */
const users = 'users'

const fault = (code: number, message: string, status = 400): ServiceFault => ({ status, code, message })

export function fakeBackendless(records: FakeRecords, columns: Columns): FakeProtocol {
  /** The user's id by token. */
  const sessions = new Map<string, string>()
  let tokens = 0

  const columnsOf = (collection: string): Properties[] =>
    describe(collection, records.all(collection), columns[collection])
  const show = (collection: string, record: StoredRecord): Properties =>
    rowOf(
      record,
      columnsOf(collection).map(({ name }) => name as string),
    )
  const shown = (collection: string, record: StoredRecord): Response => Response.json(show(collection, record))

  function begin(user: StoredRecord): Response {
    const token = `TOKEN-${++tokens}`
    sessions.set(token, String(user.id))
    return Response.json({ ...show(users, user), 'user-token': token })
  }

  /** The user with this e-mail address; another one than `but`. */
  const userBy = (identity: Json | undefined, but?: StoredRecord): StoredRecord | undefined => {
    const wanted = keyOf(identity)
    return wanted === undefined
      ? undefined
      : records.all(users).find((user) => user !== but && keyOf(user.properties.email) === wanted)
  }

  const refused = (op: Operation, collection: string, id: string, properties: Properties): ServiceFault | undefined =>
    scriptedFault(records.refusalOf({ op, collection, id, properties }))

  function update(collection: string, record: StoredRecord, patch: Properties, request: Request): Response {
    return shown(collection, records.update(collection, record, patch, request))
  }

  async function userCall(request: Request, rest: readonly string[]): Promise<Response | ServiceFault> {
    const [what = '', id = ''] = rest
    const caller = callerOf(request)
    const body = request.method === 'GET' ? {} : await objectIn(request)
    if (!body) return fault(8002, 'The body is no JSON object')
    if (request.method === 'PUT') {
      if (caller === undefined) return fault(3028, 'The user has to be logged in')
      if (caller !== what) return fault(3029, 'An account is updated by its own user')
      const user = records.get(users, what)
      if (!user) return fault(1000, `Entity with ID ${what} not found`, 404)
      if ('email' in body && userBy(body.email, user)) return fault(3018, 'Another user has this e-mail address')
      return refused('update', users, what, body) ?? update(users, user, body, request)
    }
    switch (`${request.method} ${what}`) {
      case 'POST login': {
        const user = userBy(body.login)
        const { password = body.password } = user?.properties ?? {}
        return user && password === body.password ? begin(user) : fault(3003, 'Invalid login or password', 401)
      }
      case 'POST register': {
        if (id === 'guest') return begin(records.create(users, undefined, { userStatus: 'GUEST' }, request))
        const { objectId, ...properties } = body
        if (userBy(properties.email)) return fault(3033, 'A user with this e-mail address is registered', 409)
        const no = refused('create', users, '', properties)
        if (no) return no
        const guest = typeof objectId === 'string' && objectId === caller ? records.get(users, objectId) : undefined
        return guest
          ? update(users, guest, { ...properties, userStatus: 'ENABLED' }, request)
          : shown(users, records.create(users, undefined, { ...properties, userStatus: 'ENABLED' }, request))
      }
      case 'GET logout':
        sessions.delete(request.headers.get('user-token') ?? '')
        return new Response('')
      case 'GET restorepassword':
        return new Response('')
      case 'GET isvalidusertoken':
        return Response.json(sessions.has(id))
      case 'GET userclassprops':
        return Response.json(columnsOf(users))
      default:
        return fault(2000, `fakeBackend has no ${request.method} users/${what}`)
    }
  }

  async function dataCall(request: Request, [table = '', id]: readonly string[]): Promise<Response | ServiceFault> {
    const { method } = request
    const collection = table === 'Users' ? users : table
    if (!records.has(collection))
      return fault(1009, `This fakeBackend has no table "${table}": it has ${records.names.join(', ')}`)
    if (method === 'GET' && id === 'properties') return Response.json(columnsOf(collection))
    const body = method === 'GET' || method === 'DELETE' ? {} : await objectIn(request)
    if (!body) return fault(8002, 'The body is no JSON object')
    if (method === 'POST' && id === 'find')
      return Response.json(
        found(
          records.all(collection).map((row) => show(collection, row)),
          body,
        ),
      )
    if (method === 'POST' && id === undefined) {
      const { objectId, ...properties } = body
      const named = typeof objectId === 'string' ? objectId : undefined
      if (named !== undefined && records.get(collection, named)) return fault(1062, `There is a row "${named}"`)
      return (
        refused('create', collection, named ?? '', properties) ??
        shown(collection, records.create(collection, named, properties, request))
      )
    }
    const row = id === undefined ? undefined : records.get(collection, id)
    if (id === undefined || !row) return fault(1000, `Entity with ID ${id} not found`, 404)
    if (method === 'GET') return shown(collection, row)
    if (method === 'PUT') return refused('update', collection, id, body) ?? update(collection, row, body, request)
    if (method !== 'DELETE') return fault(2000, `fakeBackend has no ${method} data/${table}/${id}`)
    const no = refused('delete', collection, id, {})
    if (no) return no
    records.remove(collection, row, request)
    return Response.json({ deletionTime: row.made })
  }

  function callerOf(request: Request): string | undefined {
    return sessions.get(request.headers.get('user-token') ?? '')
  }

  async function respond(request: Request): Promise<Response | ServiceFault> {
    const [, area = '', tail = ''] = /\/(users|data|transaction)(?:\/(.*))?$/.exec(new URL(request.url).pathname) ?? []
    const rest = tail.split('/').filter(Boolean).map(decodeURIComponent)
    const token = request.headers.get('user-token')
    const isExempt = area === 'users' && (rest[0] === 'login' || rest[0] === 'isvalidusertoken')
    if (token && !isExempt && !sessions.has(token)) return fault(3064, 'Not existing user token')
    if (area === 'users') return userCall(request, rest)
    if (area === 'data') return dataCall(request, rest)
    if (area === 'transaction') return runUnit(records, { refused, show }, (await objectIn(request)) ?? {}, request)
    return fault(2002, 'This is no address of an application')
  }

  return {
    async answer(request) {
      const answered = await respond(request)
      if (answered instanceof Response) return answered
      const { status, ...body } = answered
      return Response.json({ ...body, errorData: {} }, { status })
    },
    endSessions: () => sessions.clear(),
  }
}

/** An e-mail address as the service compares it. */
function keyOf(identity: Json | undefined): string | undefined {
  return typeof identity === 'string' ? identity.trim().toLowerCase() : undefined
}

/** The page of a list that is asked for by the time of creation and the id, as this library asks. */
function found(rows: readonly Properties[], { where, pageSize }: { [name: string]: Json }): Properties[] {
  const after = typeof where === 'string' ? /^created > (\d+)/.exec(where)?.[1] : undefined
  return rows
    .filter(({ created }) => after === undefined || (created as number) > Number(after))
    .slice(0, typeof pageSize === 'number' ? pageSize : 10)
}
