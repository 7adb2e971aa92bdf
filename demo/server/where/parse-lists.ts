import { Fault, faultCodes } from '../faults.js'
import { isColumnName, mostColumns } from '../store/columns.js'
import { invalid, readTokens, unexpected, type Operand, type TokenReader } from './token-reader.js'

/** The columns that a query asks for: every column, or one operand under its own name or another. */
export type Wanted = 'all' | { readonly operand: Operand; readonly alias: string | undefined }

export interface SortItem {
  readonly operand: Operand
  readonly direction: 'asc' | 'desc'
}

/** Reads `props`, such as `*, age as Age, Avg(age) as mean`; nothing stands for nothing. */
export function parseProps(text: string): Wanted[] {
  return list({ name: 'props', most: mostColumns }, text, (reader) => {
    if (reader.accept('symbol', '*')) return 'all'
    const operand = columnOrCall(reader)
    if (!reader.acceptWord('as')) return { operand, alias: undefined }
    const { kind, text: alias, at } = reader.next()
    if (kind === 'name' && isColumnName(alias)) return { operand, alias }
    throw invalid(`"${alias.slice(0, 40)}" at position ${at} cannot be the name of a property`)
  })
}

/** Of a sort and of groups; the time that SQLite takes to compile them grows with their square. */
const mostItems = 50

/** Reads `sortBy`, such as `age desc, name`. */
export function parseSort(text: string): SortItem[] {
  return list({ name: 'sortBy', most: mostItems }, text, (reader) => {
    const operand = columnOrCall(reader)
    if (reader.acceptWord('desc')) return { operand, direction: 'desc' }
    reader.acceptWord('asc')
    return { operand, direction: 'asc' }
  })
}

/** Reads `groupBy`, such as `town, YEAR(created)`. */
export function parseGroups(text: string): Operand[] {
  return list({ name: 'groupBy', most: mostItems }, text, columnOrCall)
}

function columnOrCall(reader: TokenReader): Operand {
  const token = reader.peek()
  const operand = reader.operand()
  if (operand.kind === 'literal') throw unexpected(token, 'a column')
  return operand
}

/** Items between commas, of which empty ones do not count. Throws fault 1006 for what it cannot read. */
function list<Item>(
  { name, most }: { name: string; most: number },
  text: string,
  read: (reader: TokenReader) => Item,
): Item[] {
  try {
    const reader = readTokens(text)
    const items: Item[] = []
    while (reader.peek().kind !== 'end') {
      if (reader.accept('symbol', ',')) continue
      if (items.length === most) throw invalid(`it has more than ${most} items`)
      items.push(read(reader))
      if (reader.peek().kind !== 'end' && !reader.accept('symbol', ',')) throw unexpected(reader.peek(), 'a comma')
    }
    return items
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== faultCodes.invalidWhere) throw error
    throw new Fault(faultCodes.unknownColumn, error.message.replace('where clause', `"${name}"`))
  }
}
