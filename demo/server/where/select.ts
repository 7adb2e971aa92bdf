import type { Json } from '../json.js'
import { heldColumnNames, type Columns } from '../store/columns.js'
import type { SqlRow } from '../store/database.js'
import { compileOperand, type Names, type SqlPiece, type TypedPiece } from './compile.js'
import type { Wanted } from './parse-lists.js'

/** A value of each answer to a query. */
export type Selected = TypedPiece & {
  readonly name: string
  /** Whether the database answers with the text of a JSON value. */
  readonly isJson: boolean
}

/**
 * The values that `props` asks for, in order; of two with one name the later one. All columns when it asks for nothing.
 * Throws fault 1006 for a column that does not exist.
 */
export function selectedValues(wanted: readonly Wanted[], columns: Columns): Selected[] {
  const names: Names = { columns, aggregates: true }
  const column = (name: string, alias = name): Selected => wholeColumn(name, alias, names)
  const values = (wanted.length === 0 ? ['all' as const] : wanted).flatMap((item): Selected[] => {
    if (item === 'all') return heldColumnNames(columns).map((name) => column(name))
    const { operand, alias } = item
    if (operand.kind === 'column') return [column(operand.name, alias)]
    const answerName = operand.kind === 'call' ? operand.function.answerName : ''
    return [{ name: alias ?? answerName, isJson: false, ...compileOperand(operand, names) }]
  })
  return [...new Map(values.map((value) => [value.name, value])).values()]
}

/** The names that `props` gives to values, for `having` and `sortBy`; those of aggregates count without a name of their own. */
export function aliasesOf(wanted: readonly Wanted[], columns: Columns): ReadonlyMap<string, TypedPiece> {
  const names: Names = { columns, aggregates: true }
  return new Map(
    wanted.flatMap((item): [string, TypedPiece][] => {
      if (item === 'all') return []
      const { operand, alias } = item
      const name = alias ?? (operand.kind === 'call' ? operand.function.answerName : undefined)
      return name === undefined ? [] : [[name, compileOperand(operand, names)]]
    }),
  )
}

/** Whether one value is computed from many rows. */
export function isOfManyRows(item: Wanted): boolean {
  if (item === 'all') return false
  let { operand } = item
  while (operand.kind === 'call') {
    if (operand.function.isAggregate) return true
    operand = operand.argument
  }
  return false
}

/** The values as the list of a SELECT. */
export function selectList(values: readonly Selected[]): SqlPiece {
  return {
    // Text that differs in case alone is one value, as for the backend's database.
    text: values.map(({ piece }, at) => `${piece.text} COLLATE NOCASE AS c${at}`).join(', '),
    values: values.flatMap(({ piece }) => piece.values),
  }
}

/** The answer that a row of that SELECT stands for. */
export function answerOf(values: readonly Selected[], row: SqlRow): { [property: string]: Json } {
  return Object.fromEntries(values.map((value, at) => [value.name, fromSql(value, row[`c${at}`])]))
}

/** A stored value as the text of its JSON: as values of SQL, true and 1 would be the same. */
function wholeColumn(name: string, alias: string, names: Names): Selected {
  const { piece, type } = compileOperand({ kind: 'column', name }, names)
  const isJson = names.columns.byName(name) !== undefined
  return { name: alias, isJson, type, piece: isJson ? { text: 'properties -> ?', values: piece.values } : piece }
}

function fromSql({ isJson, type }: Selected, value: unknown): Json {
  if (value === null || value === undefined) return null
  if (isJson) return JSON.parse(value as string) as Json
  return type === 'BOOLEAN' ? value !== 0 : (value as Json)
}
