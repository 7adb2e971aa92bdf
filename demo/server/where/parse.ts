import { Fault, faultCodes } from '../faults.js'
import { tokenize, type Token } from './tokenize.js'

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='

/** What stands on a side of a comparison. */
export type Operand = { kind: 'column'; name: string } | { kind: 'literal'; value: string | number | boolean | null }

/** A where clause as a tree. */
export type Expression =
  | { kind: 'and' | 'or'; items: Expression[] }
  | { kind: 'not'; item: Expression }
  | { kind: 'compare'; left: Operand; operator: Comparison; right: Operand }
  | { kind: 'in'; left: Operand; values: Operand[] }
  | { kind: 'like'; left: Operand; pattern: Operand }
  | { kind: 'between'; left: Operand; low: Operand; high: Operand }
  | { kind: 'is-null'; left: Operand }

/** Parentheses and `not` in one another; deeper ones would exhaust the stack here or in SQLite. */
const deepest = 50

/** Reads a where clause; throws fault 19000 that says where reading stopped. */
export function parseWhere(text: string): Expression {
  const tokens = tokenize(text)
  let position = 0

  const peek = (): Token => tokens[position] ?? { kind: 'end', text: '', at: text.length }
  function next(): Token {
    const token = peek()
    position += 1
    return token
  }
  function accept(kind: Token['kind'], wanted: string): boolean {
    const token = peek()
    if (token.kind !== kind || token.text !== wanted) return false
    position += 1
    return true
  }
  function expect(kind: Token['kind'], wanted: string): void {
    if (!accept(kind, wanted)) throw unexpected(peek(), `"${wanted}"`)
  }

  function either(depth: number): Expression {
    return chain('or', () => chain('and', () => negated(depth)))
  }
  function chain(word: 'and' | 'or', read: () => Expression): Expression {
    const items = [read()]
    while (accept('keyword', word)) items.push(read())
    return items.length === 1 && items[0] ? items[0] : { kind: word, items }
  }
  function negated(depth: number): Expression {
    if (depth > deepest) throw invalid(`it is nested deeper than ${deepest}`)
    if (accept('keyword', 'not')) return { kind: 'not', item: negated(depth + 1) }
    if (!accept('symbol', '(')) return predicate()
    const inner = either(depth + 1)
    expect('symbol', ')')
    return inner
  }

  function predicate(): Expression {
    const left = operand()
    if (accept('keyword', 'is')) {
      const not = accept('keyword', 'not')
      expect('keyword', 'null')
      return negatedIf(not, { kind: 'is-null', left })
    }
    const not = accept('keyword', 'not')
    const token = next()
    if (token.kind === 'keyword' && token.text === 'in') return negatedIf(not, { kind: 'in', left, values: list() })
    if (token.kind === 'keyword' && token.text === 'like') {
      return negatedIf(not, { kind: 'like', left, pattern: operand() })
    }
    if (token.kind === 'keyword' && token.text === 'between') {
      const low = operand()
      expect('keyword', 'and')
      return negatedIf(not, { kind: 'between', left, low, high: operand() })
    }
    if (not || token.kind !== 'comparison') throw unexpected(token, 'a comparison')
    return { kind: 'compare', left, operator: token.text as Comparison, right: operand() }
  }
  function list(): Operand[] {
    expect('symbol', '(')
    const values = [operand()]
    while (accept('symbol', ',')) values.push(operand())
    expect('symbol', ')')
    return values
  }
  function operand(): Operand {
    const token = next()
    const { kind, text: found } = token
    if (kind === 'name') return { kind: 'column', name: found }
    if (kind === 'string') return { kind: 'literal', value: found }
    if (kind === 'number') return { kind: 'literal', value: Number(found) }
    if (kind === 'keyword' && (found === 'true' || found === 'false')) {
      return { kind: 'literal', value: found === 'true' }
    }
    if (kind === 'keyword' && found === 'null') return { kind: 'literal', value: null }
    throw unexpected(token, 'a column or a value')
  }

  const expression = either(0)
  if (peek().kind !== 'end') throw unexpected(peek(), '"and", "or" or the end')
  return expression
}

function negatedIf(not: boolean, item: Expression): Expression {
  return not ? { kind: 'not', item } : item
}

function unexpected(token: Token, wanted: string): Fault {
  const found = token.kind === 'end' ? 'it ends' : `there is "${token.text.slice(0, 40)}"`
  return invalid(`${found} at position ${token.at} where ${wanted} is expected`)
}

/** The fault for a where clause that cannot be read or compared. */
export function invalid(why: string): Fault {
  return new Fault(faultCodes.invalidWhere, `Invalid where clause: ${why}`)
}
