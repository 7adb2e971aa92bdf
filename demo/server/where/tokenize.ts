import { Fault, faultCodes } from '../faults.js'

export interface Token {
  kind: 'name' | 'keyword' | 'string' | 'number' | 'comparison' | 'symbol' | 'end'
  /** A string without its quotes, a keyword in lower case, `<>` as `!=`. */
  text: string
  at: number
}

const keywords: ReadonlySet<string> = new Set([
  'and',
  'or',
  'not',
  'in',
  'like',
  'is',
  'null',
  'between',
  'true',
  'false',
])

/** In the order they are tried. */
const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['string', /'(?:[^'\\]|''|\\.)*'/sy],
  ['number', /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![A-Za-z_])/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?/y],
  ['comparison', /<=|>=|<>|!=|=|<|>/y],
  ['symbol', /[(),*]/y],
]

const longestClause = 10_000

/** Cuts a where clause into tokens; throws fault 19000 at the first character that begins none. */
export function tokenize(text: string): Token[] {
  if (text.length > longestClause) throw fault(`it is longer than ${longestClause} characters`)
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1
      continue
    }
    const token = tokenAt(text, at)
    if (!token) throw fault(`"${text.slice(at, at + 20)}" at position ${at} cannot be read`)
    tokens.push({ kind: token.kind, text: meaningOf(token), at })
    at += token.text.length
    if (token.kind === 'name' && keywords.has(token.text.toLowerCase())) {
      tokens[tokens.length - 1] = { kind: 'keyword', text: token.text.toLowerCase(), at: token.at }
    }
  }
  return tokens
}

function tokenAt(text: string, at: number): Token | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found) return { kind, text: found[0], at }
  }
  return undefined
}

function meaningOf({ kind, text }: Token): string {
  if (kind === 'comparison') return text === '<>' ? '!=' : text
  if (kind === 'name') return text.replace(/^Users\./, '')
  if (kind !== 'string') return text
  // As MySQL has it: a doubled or escaped quote is a quote; any other backslash stays, for `like` to read.
  return text.slice(1, -1).replace(/''|\\'|\\\\/g, (escaped) => escaped.charAt(1))
}

function fault(why: string): Fault {
  return new Fault(faultCodes.invalidWhere, `Invalid where clause: ${why}`)
}
