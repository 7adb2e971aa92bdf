import { Fault, faultCodes } from '../faults.js'
import { isHeldColumn, isJsonType, isSecret, type Columns, type ValueType } from '../store/columns.js'
import type { SqlValue } from '../store/database.js'
import { storedValue } from '../users/column-value.js'
import type { SortItem } from './parse-lists.js'
import type { Expression } from './parse.js'
import { invalid, type Operand } from './token-reader.js'

/** A piece of SQL of this program's own words, and the values for its parameters in order. */
export interface SqlPiece {
  readonly text: string
  readonly values: readonly SqlValue[]
}

/** SQL of a value, with the type of column that it counts as. */
export interface TypedPiece {
  readonly piece: SqlPiece
  readonly type: ValueType
}

/** The meanings of names in a query. */
export interface Names {
  readonly columns: Columns
  /** Values that the query has named; these go first. */
  readonly aliases?: ReadonlyMap<string, TypedPiece>
  /** Whether one value may be computed from many rows: in `having`, `sortBy` and `props`, not in `where`. */
  readonly aggregates?: boolean
}

/**
 * Turns a where clause into SQL over rows. Names of columns become this program's own text or a parameter;
 * literals always become parameters. Text is compared without case, as the backend's database does.
 */
export function compileWhere(expression: Expression, names: Names): SqlPiece {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return joined(
        expression.items.map((item) => compileWhere(item, names)),
        expression.kind === 'and' ? ' AND ' : ' OR ',
      )
    case 'not':
      return wrapped('(NOT ', compileWhere(expression.item, names), ')')
    case 'is-null':
      return wrapped('(', operand(expression.left, names, undefined), ' IS NULL)')
    case 'compare': {
      const { left, right } = expression
      const [a, b] = [operand(left, names, right), operand(right, names, left)]
      return { text: `(${a.text} ${expression.operator} ${b.text} COLLATE NOCASE)`, values: [...a.values, ...b.values] }
    }
    case 'like': {
      const [value, pattern] = [
        operand(expression.left, names, undefined),
        operand(expression.pattern, names, undefined),
      ]
      return { text: `(${value.text} LIKE ${pattern.text} ESCAPE '\\')`, values: [...value.values, ...pattern.values] }
    }
    case 'in': {
      const { left, values } = expression
      const list = joined(
        values.map((value) => operand(value, names, left)),
        ', ',
      )
      const tested = operand(left, names, undefined)
      return { text: `(${tested.text} COLLATE NOCASE IN ${list.text})`, values: [...tested.values, ...list.values] }
    }
    case 'between': {
      const { left, low, high } = expression
      const parts = [operand(left, names, low), operand(low, names, left), operand(high, names, left)] as const
      const [tested, from, to] = parts
      return {
        text: `(${tested.text} COLLATE NOCASE BETWEEN ${from.text} AND ${to.text})`,
        values: parts.flatMap(({ values }) => values),
      }
    }
  }
}

/** Turns the items of a `sortBy` into those of an ORDER BY, each followed by a comma. */
export function compileSort(items: readonly SortItem[], names: Names): SqlPiece {
  const pieces = items.map(({ operand: item, direction }) =>
    wrapped('', compileOperand(item, names).piece, ` COLLATE NOCASE ${direction}, `),
  )
  return { text: pieces.map(({ text }) => text).join(''), values: pieces.flatMap(({ values }) => values) }
}

/** Turns a column or a call into SQL. Throws fault 1006 for a column that does not exist. */
export function compileOperand(item: Operand, names: Names): TypedPiece {
  if (item.kind === 'column') return column(item.name, names)
  if (item.kind === 'literal') return { piece: { text: '?', values: [sqlLiteral(item.value)] }, type: 'STRING' }
  const { isAggregate, answerName, type, before, after } = item.function
  if (isAggregate && !names.aggregates)
    throw invalid(`${answerName} is of many rows: use it in "having", and not inside of its like`)
  // The value of an aggregate is no value of a row.
  const argument = compileOperand(item.argument, isAggregate ? { columns: names.columns } : names)
  return {
    piece: wrapped(before, argument.piece, after),
    type: type ?? (isJsonType(argument.type) ? 'STRING' : argument.type),
  }
}

const texts: ReadonlySet<ValueType> = new Set<ValueType>(['STRING', 'STRING_ID', 'TEXT'])

/** `other` is the other operand of a comparison: a literal beside a column is read as one of its type, as in MySQL. */
function operand(item: Operand, names: Names, other: Operand | undefined): SqlPiece {
  if (item.kind !== 'literal') return compileOperand(item, names).piece
  const { value } = item
  const beside = other === undefined || other.kind === 'literal' ? undefined : compileOperand(other, names).type
  if (beside === 'DATETIME' && typeof value === 'string') {
    const ms = /^\d+$/.test(value) ? Number(value) : storedValue('DATETIME', value)
    if (typeof ms !== 'number') throw invalid(`"${value.slice(0, 40)}" is no date`)
    return { text: '?', values: [ms] }
  }
  const type = beside === 'INT' ? 'DOUBLE' : beside
  const isReadable = type === 'DOUBLE' || (type !== undefined && texts.has(type))
  const read = isReadable && typeof value !== 'boolean' ? storedValue(type, value) : undefined
  return { text: '?', values: [typeof read === 'number' || typeof read === 'string' ? read : sqlLiteral(value)] }
}

function sqlLiteral(value: string | number | boolean | null): SqlValue {
  return typeof value === 'boolean' ? Number(value) : value
}

function column(name: string, { columns, aliases }: Names): TypedPiece {
  const alias = aliases?.get(name)
  if (alias) return alias
  const system = columns.system.get(name)
  if (system) {
    const piece = system.sql === null ? { text: '?', values: [system.value] } : { text: system.sql, values: [] }
    return { piece, type: system.type }
  }
  const custom = columns.byName(name)
  if (!custom || isSecret(columns, name)) {
    throw new Fault(
      faultCodes.unknownColumn,
      `Column '${name.slice(0, 80)}' does not exist in table '${columns.table}'`,
    )
  }
  if (!isHeldColumn(custom)) {
    throw new Fault(
      faultCodes.unknownColumn,
      `Column '${name}' is a ${custom.type}: this server does not hold relations`,
    )
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
