import { invalid, readTokens, unexpected, type Operand } from './token-reader.js'

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='

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
  const { peek, next, accept, acceptWord, expect, operand } = readTokens(text)

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
    const inTime = comparisonInTime()
    if (inTime) return { kind: 'compare', left, operator: inTime, right: operand() }
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
    return comparison(left, token.text as Comparison, operand())
  }
  /** `after`, `before`, `at or after` and `at or before`, which are no keywords: a column may have such a name. */
  function comparisonInTime(): Comparison | undefined {
    const orAt = acceptWord('at')
    if (orAt) expect('keyword', 'or')
    if (acceptWord('after')) return orAt ? '>=' : '>'
    if (acceptWord('before')) return orAt ? '<=' : '<'
    if (orAt) throw unexpected(peek(), '"after" or "before"')
    return undefined
  }
  function list(): Operand[] {
    expect('symbol', '(')
    const values = [operand()]
    while (accept('symbol', ',')) values.push(operand())
    expect('symbol', ')')
    return values
  }

  const expression = either(0)
  if (peek().kind !== 'end') throw unexpected(peek(), '"and", "or" or the end')
  return expression
}

/** The service reads `= null` and `!= null` as `is null` and `is not null`; in SQL they would find nothing. */
function comparison(left: Operand, operator: Comparison, right: Operand): Expression {
  const other = isNull(right) ? left : isNull(left) ? right : undefined
  if (other === undefined || (operator !== '=' && operator !== '!=')) return { kind: 'compare', left, operator, right }
  return negatedIf(operator === '!=', { kind: 'is-null', left: other })
}

function isNull(operand: Operand): boolean {
  return operand.kind === 'literal' && operand.value === null
}

function negatedIf(not: boolean, item: Expression): Expression {
  return not ? { kind: 'not', item } : item
}
