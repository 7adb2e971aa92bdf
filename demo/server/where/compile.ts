import { Fault, faultCodes } from '../faults.js'
import { systemColumns, type Columns, type ColumnType } from '../store/columns.js'
import type { SqlValue } from '../store/database.js'
import { storedValue } from '../users/column-value.js'
import { invalid, type Expression, type Operand } from './parse.js'

/** A piece of SQL of this program's own words, and the values for its parameters in order. */
export interface SqlPiece {
  readonly text: string
  readonly values: readonly SqlValue[]
}

/**
 * Turns a where clause into SQL over the users table. Names of columns are looked up and become this program's own
 * text or a parameter; literals always become parameters. Text is compared without case, as the backend's database does.
 */
export function compileWhere(expression: Expression, columns: Columns): SqlPiece {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return joined(
        expression.items.map((item) => compileWhere(item, columns)),
        expression.kind === 'and' ? ' AND ' : ' OR ',
      )
    case 'not':
      return wrapped('(NOT ', compileWhere(expression.item, columns), ')')
    case 'is-null':
      return wrapped('(', operand(expression.left, columns, undefined), ' IS NULL)')
    case 'compare': {
      const { left, right } = expression
      const [a, b] = [operand(left, columns, right), operand(right, columns, left)]
      return { text: `(${a.text} ${expression.operator} ${b.text} COLLATE NOCASE)`, values: [...a.values, ...b.values] }
    }
    case 'like': {
      const [value, pattern] = [
        operand(expression.left, columns, undefined),
        operand(expression.pattern, columns, undefined),
      ]
      return { text: `(${value.text} LIKE ${pattern.text} ESCAPE '\\')`, values: [...value.values, ...pattern.values] }
    }
    case 'in': {
      const { left, values } = expression
      const list = joined(
        values.map((value) => operand(value, columns, left)),
        ', ',
      )
      const tested = operand(left, columns, undefined)
      return { text: `(${tested.text} COLLATE NOCASE IN ${list.text})`, values: [...tested.values, ...list.values] }
    }
    case 'between': {
      const { left, low, high } = expression
      const parts = [operand(left, columns, low), operand(low, columns, left), operand(high, columns, left)] as const
      const [tested, from, to] = parts
      return {
        text: `(${tested.text} COLLATE NOCASE BETWEEN ${from.text} AND ${to.text})`,
        values: parts.flatMap(({ values }) => values),
      }
    }
  }
}

/** Turns a `sortBy` into the items of an ORDER BY, each followed by a comma. */
export function compileSort(sortBy: string, columns: Columns): SqlPiece {
  const pieces = sortBy
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => {
      const [name = '', direction = 'asc', ...rest] = item.split(/\s+/)
      if (!/^(asc|desc)$/i.test(direction) || rest.length > 0) {
        throw new Fault(
          faultCodes.unknownColumn,
          `Cannot sort by "${item.slice(0, 80)}": use a column, then asc or desc`,
        )
      }
      return wrapped('', column(name, columns).piece, ` COLLATE NOCASE ${direction.toLowerCase()}, `)
    })
  return { text: pieces.map(({ text }) => text).join(''), values: pieces.flatMap(({ values }) => values) }
}

const texts: ReadonlySet<ColumnType> = new Set<ColumnType>(['STRING', 'STRING_ID', 'TEXT'])

/** `other` is what the operand is compared with: a literal beside a column is read as one of its type, as in MySQL. */
function operand(item: Operand, columns: Columns, other: Operand | undefined): SqlPiece {
  if (item.kind === 'column') return column(item.name, columns).piece
  const { value } = item
  const beside = other?.kind === 'column' ? column(other.name, columns).type : undefined
  if (beside === 'DATETIME' && typeof value === 'string') {
    const ms = /^\d+$/.test(value) ? Number(value) : storedValue('DATETIME', value)
    if (typeof ms !== 'number') throw invalid(`"${value.slice(0, 40)}" is no date`)
    return { text: '?', values: [ms] }
  }
  if (typeof value === 'boolean') return { text: '?', values: [Number(value)] }
  const type = beside === 'INT' ? 'DOUBLE' : beside
  const isReadable = type === 'DOUBLE' || (type !== undefined && texts.has(type))
  const read = isReadable ? storedValue(type, value) : undefined
  return { text: '?', values: [typeof read === 'number' || typeof read === 'string' ? read : value] }
}

function column(name: string, columns: Columns): { piece: SqlPiece; type: ColumnType } {
  const system = systemColumns.get(name)
  if (system) {
    const piece = system.sql === null ? { text: '?', values: [system.value] } : { text: system.sql, values: [] }
    return { piece, type: system.type }
  }
  const custom = columns.byName(name)
  if (!custom || name === 'password') {
    throw new Fault(faultCodes.unknownColumn, `Column '${name.slice(0, 80)}' does not exist in table 'Users'`)
  }
  return { piece: { text: 'json_extract(properties, ?)', values: [`$."${name}"`] }, type: custom.type }
}

function joined(pieces: readonly SqlPiece[], separator: string): SqlPiece {
  return {
    text: `(${pieces.map(({ text }) => text).join(separator)})`,
    values: pieces.flatMap(({ values }) => values),
  }
}

function wrapped(before: string, piece: SqlPiece, after: string): SqlPiece {
  return { text: before + piece.text + after, values: piece.values }
}
