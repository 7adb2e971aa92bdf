import { Fault, faultCodes } from '../faults.js'
import type { Json } from '../json.js'
import type { Columns } from '../store/columns.js'
import { isSqliteError, type SqlRow, type SqlValue } from '../store/database.js'
import { compileOperand, compileSort, compileWhere, type Names, type SqlPiece } from './compile.js'
import { parseGroups, parseProps, parseSort } from './parse-lists.js'
import { parseWhere } from './parse.js'
import { aliasesOf, answerOf, isOfManyRows, selectedValues, selectList } from './select.js'
import type { Operand } from './token-reader.js'

/** The rows that queries are about: users, or those of a table. */
export interface RowSource {
  readonly columns: Columns
  readonly rows: {
    count(condition: string, values: readonly SqlValue[]): number
    /** Values of rows, or of many of them. */
    selectValues(selection: string, condition: string, values: readonly SqlValue[]): SqlRow[]
  }
}

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
  /** Only this row. */
  readonly id?: string
}

/**
 * The rows that a query asks for, a page of at most 100. Throws the data service's faults for a query that it cannot read.
 */
export function findRows(
  { columns, rows: source }: RowSource,
  query: FindQuery,
  options: FindOptions,
): { [property: string]: Json }[] {
  const wanted = parseProps(query.props)
  const groups = parseGroups(query.groupBy)
  const isAggregate = groups.length > 0 || query.having !== '' || wanted.some(isOfManyRows)
  // Neither stands for one row.
  const withObjectId = options.withObjectId && wanted.length > 0 && !isAggregate && !query.distinct
  const values = selectedValues(withObjectId ? [{ operand: objectId, alias: undefined }, ...wanted] : wanted, columns)
  const selection = selectList(values)
  const aliases = aliasesOf(wanted, columns)
  const condition = withId(compiledWhere(columns, query.where), options.id)
  const grouping = compileGroups(groups, query.having, { columns, aliases, aggregates: true })
  const order = compileSort(parseSort(query.sortBy), { columns, aliases, aggregates: isAggregate })
  const limit = pageSizeOf(query.pageSize)
  const offset = wholeNumber(query.offset, 0, { what: 'offset', code: faultCodes.offsetInvalid })
  // The row id last: pages must not overlap when the sort leaves a tie.
  const rows = guarded(() =>
    source.selectValues(
      `${query.distinct ? 'DISTINCT ' : ''}${selection.text}`,
      `WHERE ${condition.text}${grouping.text} ORDER BY ${order.text} rowid LIMIT ? OFFSET ?`,
      [...selection.values, ...condition.values, ...grouping.values, ...order.values, limit, offset],
    ),
  )
  return rows.map((row) => {
    const answer = { ...answerOf(values, row), ___class: columns.table }
    return Object.fromEntries(Object.entries(answer).filter(([name]) => !query.excludeProps.includes(name)))
  })
}

const objectId = { kind: 'column', name: 'objectId' } as const

/** How many rows a where clause matches. */
export function countRows({ columns, rows }: RowSource, where: string): number {
  const condition = compiledWhere(columns, where)
  return guarded(() => rows.count(`WHERE ${condition.text}`, condition.values))
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

export function compiledWhere(columns: Columns, where: string): SqlPiece {
  return where.trim() === '' ? { text: 'TRUE', values: [] } : compileWhere(parseWhere(where), { columns })
}

/** SQLite has limits of its own (a LIKE pattern's length, for one): a query that exceeds them is at fault. */
export function guarded<Result>(query: () => Result): Result {
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
