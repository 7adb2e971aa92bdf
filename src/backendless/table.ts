// Floor 6: a table of the data service as an endpoint of the core. No rxjs in its graph, for service workers.
import { type Endpoint, type ListRequest, type Page, type Refused, type RequestContext } from '../endpoint/endpoint.js'
import { checkedBy, type StandardSchema } from '../endpoint/schema.js'
import type { Contest } from '../model/contest.js'
import { knownOptions } from '../model/known-options.js'
import type { Json, Properties, RecordKey } from '../model/record.js'
import { askInSession, type Call, type Outcome, proveRecord } from './ask.js'
import { backendOf, type BackendlessOptions } from './backend.js'
import { checkRow } from './check-edit.js'
import { isDescription } from './description.js'
import { versionOf, writeGuarded } from './guarded-write.js'
import { commonParts, descriptionIn } from './endpoint-parts.js'

/** The rules of one table of the data service. */
export interface TableOptions {
  /**
   * Who names a new row. `device` (default): a UUID, sent as its `objectId`; the service refuses the second creation of one
   * (1062). `server`, where the application forbids ids of clients: when the answer to a creation is lost, a person decides.
   */
  ids?: 'device' | 'server'
  /** The places that name rows of other tables: path (`authorId`, `tagIds`, `lines.*.productId`) to table. Default: none. */
  refs?: { readonly [path: string]: string }
  /** Checks edits as they are made. It has to answer at once; its output is neither saved nor sent. Default: none. */
  schema?: StandardSchema<unknown>
  /** In place of the client's option of this name. Default: that one. */
  conflicts?: 'compare' | 'overwrite'
  /** In place of the client's option of this name. Default: that one. */
  resolve?: (contest: Contest) => Json | undefined
  /**
   * A column of type INT that each write raises: a write goes out as a unit of work that does nothing if the column has another
   * value by then, so that no other device's write is written over. All writers of the table have to raise it. The app does not
   * write it. Default: none; each write goes out as it is.
   */
  versionColumn?: string
}

const tableOptions: readonly (keyof TableOptions)[] = ['ids', 'refs', 'schema', 'conflicts', 'resolve', 'versionColumn']

const isName = (given: unknown): boolean => typeof given === 'string' && /^[A-Za-z_]\w*$/.test(given)

const namers: readonly unknown[] = ['device', 'server']

/** The service's largest page. */
const mostRows = 100

/**
 * The rows of a table. Throws a `TypeError` for options that name no backend, for those that do not exist, and for a name that no
 * table can have.
 */
export function backendlessTable(options: BackendlessOptions, table: string, rules?: TableOptions): Endpoint {
  const { ids = 'device', schema, refs, conflicts, resolve, versionColumn } = knownOptions(rules, tableOptions)
  if (!isName(table) || table === 'Users')
    throw new TypeError(
      `Backendless: "${table}" is no name of a table${table === 'Users' ? ': "users" has its rows' : ''}`,
    )
  if (!namers.includes(ids))
    throw new TypeError(`Backendless: "ids" of "${table}" is 'device' or 'server', not ${String(ids)}`)
  if (versionColumn !== undefined && !isName(versionColumn))
    throw new TypeError(
      `Backendless: "versionColumn" of "${table}" is the name of a column, not ${String(versionColumn)}`,
    )
  const backend = backendOf(options)
  const versioned = <R extends { record: Properties }>(row: R): R & { version?: string } => {
    const version = versionOf(versionColumn, row.record)
    return version === undefined ? row : { ...row, version }
  }
  const proveRow = (id?: string) => (json: Json | undefined) => {
    const row = proveRecord(json, id, 'row')
    return typeof row === 'string' ? row : versioned(row)
  }
  const call = <R extends object>(
    request: Pick<Call, 'method' | 'body' | 'id'> & { path?: string },
    context: RequestContext,
    prove: (json: Json | undefined) => R | string,
  ): Promise<Outcome<R>> =>
    askInSession(backend, { ...request, path: `data/${table}${request.path ?? ''}` }, context, prove)
  return checkedBy(schema, {
    ...commonParts(backend, options),
    ids,
    idProperty: 'objectId',
    repeatsCreates: ids === 'device' ? 'safe' : 'never',
    refs,
    conflicts,
    resolve,
    versions: versionColumn && `column ${versionColumn}`,

    async write({ key: { id }, ...request }, context) {
      if (request.op !== 'create') {
        const { version } = request
        if (versionColumn !== undefined && version !== undefined) {
          const patch = request.op === 'update' ? request.patch : undefined
          const write = { table, column: versionColumn, id, version, ...(patch && { patch }) }
          const written = await writeGuarded(backend, write, context)
          if (!written.ok) return written
          return written.row ? { ok: true, ...versioned({ record: written.row }) } : { ok: true, record: null }
        }
        const done = await call<{ record: Properties | null }>(
          {
            ...(request.op === 'update' ? { method: 'PUT', body: request.patch } : { method: 'DELETE' }),
            path: '/',
            id,
          },
          context,
          request.op === 'update' ? proveRow(id) : proveDeletion,
        )
        return isNone(done) ? { ...done, record: null } : done
      }
      const body = ids === 'device' ? { ...request.properties, objectId: id } : request.properties
      const made = await call({ method: 'POST', body }, context, proveRow())
      if (!made.ok || ids === 'server' || made.id === id) return made
      const message = `The backend named "${id}" itself, as "${made.id}": set ids: 'server' for "${table}"`
      return { ok: false, failure: { kind: 'configuration', reason: 'ids', message } }
    },

    async read({ id }: RecordKey, context) {
      const found = await call({ method: 'GET', path: '/', id }, context, proveRow(id))
      return isNone(found) ? { ok: true, record: null } : found
    },

    async list(request, context) {
      const page = await list(request, (body, prove) => call({ method: 'POST', path: '/find', body }, context, prove))
      return page.ok ? { ...page, records: page.records.map(versioned) } : page
    },

    async describe(_, context) {
      const prove = (json: Json | undefined): { description: Json } | string =>
        isDescription(json) ? { description: json } : 'is no description of a table'
      return descriptionIn(await call({ method: 'GET', path: '/properties' }, context, prove))
    },

    check: (edit) => checkRow(edit, versionColumn),
  })
}

function proveDeletion(json: Json | undefined): { record: null } | string {
  return Number.isInteger((json as Properties | undefined)?.deletionTime)
    ? { record: null }
    : 'names no time of the deletion'
}

/** The service has said that there is no such row. */
function isNone(outcome: Outcome<object>): outcome is Refused {
  return !outcome.ok && outcome.failure.code === 1000
}

/** By the time of their creation, and by id among those of one moment: a deletion between two pages hides no row. */
async function list(
  { next, limit }: Pick<ListRequest, 'next' | 'limit'>,
  find: (body: Json, prove: (json: Json | undefined) => Page | string) => Promise<Outcome<Page>>,
): Promise<Page | Refused> {
  const pageSize = Math.min(limit, mostRows)
  const { created, id } = (next ?? {}) as { created?: number; id?: string }
  const where = created !== undefined && `created > ${created} or (created = ${created} and objectId > '${id}')`
  return find({ pageSize, sortBy: 'created,objectId', ...(where && { where }) }, (json) => {
    if (!Array.isArray(json)) return 'is no list of rows'
    const rows = json.map((one) => proveRecord(one, undefined, 'row'))
    const records = rows.filter((row) => typeof row !== 'string')
    const last = records.at(-1)
    if (records.length < rows.length) return 'is a list with something in it that is no row'
    if (records.length < pageSize || !last) return { ok: true, records, whole: true }
    const { created: lastCreated } = last.record
    if (typeof lastCreated !== 'number' || /['\\]/.test(last.id)) return 'is a list whose last row names no place in it'
    return { ok: true, records, next: { created: lastCreated, id: last.id }, whole: true }
  })
}
