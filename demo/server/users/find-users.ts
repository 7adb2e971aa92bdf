import { Fault, faultCodes } from '../faults.js'
import type { Json } from '../json.js'
import { isSqliteError } from '../store/database.js'
import type { Store } from '../store/store.js'
import type { UserRow } from '../store/users.js'
import { compileSort, compileWhere } from '../where/compile.js'
import { parseWhere } from '../where/parse.js'

export interface FindQuery {
  readonly where: string
  /** Columns with an optional `asc` or `desc`, joined by commas. */
  readonly sortBy: string
  readonly pageSize: Json
  readonly offset: Json
}

const defaultPageSize = 10
const largestPageSize = 100

/** The users that a query asks for, a page of at most 100. Throws the data service's faults for what it cannot read. */
export function findUsers(store: Store, query: FindQuery): UserRow[] {
  const condition = compiledWhere(store, query.where)
  const order = compileSort(query.sortBy, store.columns)
  const limit = pageSizeOf(query.pageSize)
  const offset = wholeNumber(query.offset, 0, { what: 'offset', code: faultCodes.offsetInvalid })
  // The row id last: pages must not overlap when the sort leaves a tie.
  return guarded(() =>
    store.users.select(`WHERE ${condition.text} ORDER BY ${order.text} rowid LIMIT ? OFFSET ?`, [
      ...condition.values,
      ...order.values,
      limit,
      offset,
    ]),
  )
}

/** How many users a where clause matches. */
export function countUsers(store: Store, where: string): number {
  const condition = compiledWhere(store, where)
  return guarded(() => store.users.count(`WHERE ${condition.text}`, condition.values))
}

function compiledWhere(store: Store, where: string): ReturnType<typeof compileWhere> {
  return where.trim() === '' ? { text: 'TRUE', values: [] } : compileWhere(parseWhere(where), store.columns)
}

/** SQLite has limits of its own (a LIKE pattern's length, for one): what meets them is the query's fault. */
function guarded<Result>(query: () => Result): Result {
  try {
    return query()
  } catch (error) {
    if (!isSqliteError(error)) throw error
    throw new Fault(faultCodes.invalidWhere, 'Invalid where clause: it asks for more than the database can compare')
  }
}

function pageSizeOf(value: Json): number {
  const pageSize = wholeNumber(value, defaultPageSize, { what: 'page size', code: faultCodes.pageSizeInvalid })
  if (pageSize <= largestPageSize) return pageSize
  throw new Fault(faultCodes.pageSizeTooLarge, `Invalid page size. It cannot be greater than ${largestPageSize}`)
}

function wholeNumber(value: Json, otherwise: number, { what, code }: { what: string; code: number }): number {
  if (value === null) return otherwise
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number
  throw new Fault(code, `Invalid ${what}. It has to be a whole number and not negative`)
}
