import { Fault, faultCodes } from '../faults.js'
import { functionNamed, functionNames, type QueryFunction } from './functions.js'
import { tokenize, type Token } from './tokenize.js'

/** A column, a value, or a function of one. */
export type Operand =
  | { kind: 'column'; name: string }
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'call'; function: QueryFunction; argument: Operand }

/** Functions in one another. */
const deepestCall = 5

/** Reads a query's text from token to token; text that it cannot read is fault 19000, with the place. */
export interface TokenReader {
  peek(): Token
  next(): Token
  /** Skips the wanted token, if it is the next one. */
  accept(kind: Token['kind'], wanted: string): boolean
  /** The same for a word that is also a name, such as that of a column, in any case of letters. */
  acceptWord(wanted: string): boolean
  expect(kind: Token['kind'], wanted: string): void
  operand(): Operand
}

export function readTokens(text: string): TokenReader {
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
  function operand(depth = 0): Operand {
    const token = next()
    const { kind, text: found } = token
    if (kind === 'name') return accept('symbol', '(') ? call(found, depth) : { kind: 'column', name: found }
    if (kind === 'string') return { kind: 'literal', value: found }
    if (kind === 'number') return { kind: 'literal', value: Number(found) }
    if (kind === 'keyword' && (found === 'true' || found === 'false')) {
      return { kind: 'literal', value: found === 'true' }
    }
    if (kind === 'keyword' && found === 'null') return { kind: 'literal', value: null }
    throw unexpected(token, 'a column or a value')
  }
  function call(name: string, depth: number): Operand {
    const called = functionNamed(name)
    if (!called) throw invalid(`there is no function "${name.slice(0, 40)}" here: use one of ${functionNames}`)
    if (depth === deepestCall) throw invalid(`its functions are in one another more than ${deepestCall} deep`)
    const argument = operand(depth + 1)
    expect('symbol', ')')
    return { kind: 'call', function: called, argument }
  }

  return {
    peek,
    next,
    accept,
    acceptWord(wanted) {
      const { kind, text: found } = peek()
      const isIt = kind === 'name' && found.toLowerCase() === wanted
      if (isIt) position += 1
      return isIt
    },
    expect,
    operand: () => operand(),
  }
}

export function unexpected(token: Token, wanted: string): Fault {
  const found = token.kind === 'end' ? 'it ends' : `there is "${token.text.slice(0, 40)}"`
  return invalid(`${found} at position ${token.at} where ${wanted} is expected`)
}

/** The fault for a where clause that cannot be read or compared. */
export function invalid(why: string): Fault {
  return new Fault(faultCodes.invalidWhere, `Invalid where clause: ${why}`)
}
