import type { ValueType } from '../store/columns.js'

/** A function of a query, on one column or on the value of another function. */
export interface QueryFunction {
  /** Whether it computes one value from many rows. */
  readonly isAggregate: boolean
  /** The name of the value in an answer, unless the query gives one. */
  readonly answerName: string
  /** Type of its value; `undefined` is that of its argument. */
  readonly type: ValueType | undefined
  /** The SQL of a call, which has the argument in it once, after all other text but `after`. */
  readonly before: string
  readonly after: string
}

/** Epoch milliseconds as parts of a date, in UTC. */
function dateFunction(name: string, format: string, type: ValueType): [string, QueryFunction] {
  const cast = type === 'INT' ? ['CAST(', ' AS INTEGER)'] : ['', '']
  const before = `${cast[0]}strftime('${format}', (`
  return [
    name,
    { isAggregate: false, answerName: capitalised(name), type, before, after: `) / 1000.0, 'unixepoch')${cast[1]}` },
  ]
}

function textFunction(name: string): [string, QueryFunction] {
  return [name, { isAggregate: false, answerName: capitalised(name), type: 'STRING', before: `${name}(`, after: ')' }]
}

function aggregate(name: string, type: ValueType | undefined): [string, QueryFunction] {
  return [name, { isAggregate: true, answerName: name.toLowerCase(), type, before: `${name}(`, after: ')' }]
}

/**
 * The functions that are offered, of the many of the real service. Aggregates are answered under their name in small letters
 * ("COUNT", REST guide); the SDK's own suite has `TIME(created)` answered as `Time`.
 */
const functions: ReadonlyMap<string, QueryFunction> = new Map([
  aggregate('COUNT', 'INT'),
  aggregate('SUM', 'DOUBLE'),
  aggregate('AVG', 'DOUBLE'),
  aggregate('MIN', undefined),
  aggregate('MAX', undefined),
  dateFunction('DATE', '%Y-%m-%d', 'STRING'),
  dateFunction('TIME', '%H:%M:%S', 'STRING'),
  dateFunction('YEAR', '%Y', 'INT'),
  dateFunction('MONTH', '%m', 'INT'),
  dateFunction('DAY', '%d', 'INT'),
  dateFunction('HOUR', '%H', 'INT'),
  dateFunction('MINUTE', '%M', 'INT'),
  dateFunction('SECOND', '%S', 'INT'),
  textFunction('UPPER'),
  textFunction('LOWER'),
])

export const functionNames = [...functions.keys()].join(', ')

export function functionNamed(name: string): QueryFunction | undefined {
  return functions.get(name.toUpperCase())
}

function capitalised(name: string): string {
  return name.slice(0, 1) + name.slice(1).toLowerCase()
}
