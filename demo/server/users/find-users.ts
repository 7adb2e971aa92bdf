import { Fault, faultCodes } from '../faults.js'
import type { Json } from '../json.js'
import { isSqliteError } from '../store/database.js'
import type { Store } from '../store/store.js'
import { compileOperand, compileSort, compileWhere, type Names, type SqlPiece } from '../where/compile.js'
import { parseGroups, parseProps, parseSort } from '../where/parse-lists.js'
import { parseWhere } from '../where/parse.js'
import { aliasesOf, answerOf, isOfManyRows, selectedValues, selectList } from '../where/select.js'
import type { Operand } from '../where/token-reader.js'
import type { UserObject } from './user-object.js'

export interface FindQuery {
  readonly where: string
  /** Columns and functions, with an optional `asc` or `desc`, joined by commas. */
  readonly sortBy: string
  readonly pageSize: Json
  readonly offset: Json
  /** Columns and functions of them, with an optional `as name`, joined by commas; all columns when empty. */
  readonly props: string
  /** Names that are left out of the answer. */
  readonly excludeProps: readonly string[]
  readonly distinct: boolean
  readonly groupBy: string
  readonly having: string
}

const defaultPageSize = 10
const largestPageSize = 100

export interface FindOptions {
  /** Whether an answer with `props` has the id of its row too. */
  readonly withObjectId: boolean
  /** Only this user. */
  readonly id?: string
}

/**
 * The users that a query asks for, a page of at most 100. Throws the data service's faults for a query that it cannot read.
 */
export function findUsers(store: Store, query: FindQuery, options: FindOptions): UserObject[] {
  const { columns } = store
  const wanted = parseProps(query.props)
  const groups = parseGroups(query.groupBy)
  const isAggregate = groups.length > 0 || query.having !== '' || wanted.some(isOfManyRows)
  // Neither stands for one row.
  const withObjectId = options.withObjectId && wanted.length > 0 && !isAggregate && !query.distinct
  const values = selectedValues(withObjectId ? [{ operand: objectId, alias: undefined }, ...wanted] : wanted, columns)
  const selection = selectList(values)
  const aliases = aliasesOf(wanted, columns)
  const condition = withId(compiledWhere(store, query.where), options.id)
  const grouping = compileGroups(groups, query.having, { columns, aliases, aggregates: true })
  const order = compileSort(parseSort(query.sortBy), { columns, aliases, aggregates: isAggregate })
  const limit = pageSizeOf(query.pageSize)
  const offset = wholeNumber(query.offset, 0, { what: 'offset', code: faultCodes.offsetInvalid })
  // The row id last: pages must not overlap when the sort leaves a tie.
  const rows = guarded(() =>
    store.users.selectValues(
      `${query.distinct ? 'DISTINCT ' : ''}${selection.text}`,
      `WHERE ${condition.text}${grouping.text} ORDER BY ${order.text} rowid LIMIT ? OFFSET ?`,
      [...selection.values, ...condition.values, ...grouping.values, ...order.values, limit, offset],
    ),
  )
  return rows.map((row) => {
    const answer = { ...answerOf(values, row), ___class: 'Users' }
    return Object.fromEntries(Object.entries(answer).filter(([name]) => !query.excludeProps.includes(name)))
  })
}

const objectId = { kind: 'column', name: 'objectId' } as const

/** How many users a where clause matches. */
export function countUsers(store: Store, where: string): number {
  const condition = compiledWhere(store, where)
  return guarded(() => store.users.count(`WHERE ${condition.text}`, condition.values))
}

function withId({ text, values }: SqlPiece, id: string | undefined): SqlPiece {
  return id === undefined ? { text, values } : { text: `${text} AND object_id = ?`, values: [...values, id] }
}

function compileGroups(groups: readonly Operand[], having: string, names: Names): SqlPiece {
  const pieces = groups.map((group) => compileOperand(group, { columns: names.columns }).piece)
  const condition = having.trim() === '' ? undefined : compileWhere(parseWhere(having), names)
  const by = pieces.map(({ text }) => `${text} COLLATE NOCASE`).join(', ')
  return {
    text: (by && ` GROUP BY ${by}`) + (condition ? ` HAVING ${condition.text}` : ''),
    values: [...pieces.flatMap(({ values }) => values), ...(condition?.values ?? [])],
  }
}

function compiledWhere(store: Store, where: string): SqlPiece {
  return where.trim() === '' ? { text: 'TRUE', values: [] } : compileWhere(parseWhere(where), store)
}

/** SQLite has limits of its own (a LIKE pattern's length, for one): a query that exceeds them is at fault. */
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
