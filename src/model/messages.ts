// Pure: the messages between the contexts of one database. Any script of the origin can post on these channels, and so can
// another version of the library: a message that is not known here counts as none.
import { type Failure, isFailureKind } from './failure.js'
import { fieldsOf } from './own.js'
import { isLike } from './shape.js'

/** The lease: a question whether its holder lives; the answer that it lives; a change of its row. */
const words = ['held?', 'held', 'look'] as const

/** The state of the context that sends. The others show it, and obey it in nothing. */
export interface SenderNews {
  sending: boolean
  lastReplyAtMs: number | undefined
  failure: Failure | undefined
}

/** Each field has its proper type, or is absent. */
export interface Message {
  /** A transaction commits, and leaves this version. */
  version: number | undefined
  unhurried: boolean
  sender: SenderNews | undefined
  /** A description was written. */
  described: boolean
  /** The sending rules of a context that opens; with `isAnswer`, of one that was open before and goes by others. */
  rules: { readonly [rule: string]: unknown } | undefined
  isAnswer: boolean
  /** Asks for the token of this session; with `token`, hands it over. */
  sessionId: string | undefined
  token: string | undefined
  word: (typeof words)[number] | undefined
  /** The epoch of the lease that its holder has let go. */
  released: number | undefined
}

/** Longest text taken from a message, in characters. */
const longest = 16_384

/** The known and well-formed parts of a message; none of any other value. */
export function messageOf(value: unknown): Message {
  const { version, unhurried, engine, described, rules, isAnswer, sessionId, token, released } = fieldsOf(value)
  const { sending, lastReplyAtMs, failure } = fieldsOf(engine)
  return {
    version: wholeOf(version),
    unhurried: unhurried === true,
    sender:
      typeof sending === 'boolean'
        ? { sending, lastReplyAtMs: wholeOf(lastReplyAtMs), failure: failureOf(failure) }
        : undefined,
    described: described === true,
    rules: rules ? fieldsOf(rules) : undefined,
    isAnswer: isAnswer === true,
    sessionId: textOf(sessionId),
    token: textOf(token),
    word: words.find((word) => word === value),
    released: wholeOf(released),
  }
}

function failureOf(value: unknown): Failure | undefined {
  const { kind, message, code, status, reason } = fieldsOf(value)
  const text = textOf(message)
  if (!isFailureKind(kind) || text === undefined) return undefined
  return {
    kind,
    message: text,
    code: numberOf(code) ?? textOf(code),
    status: numberOf(status),
    reason: textOf(reason),
  }
}

function wholeOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && isLike([value], [0]) ? (value as number) : undefined
}

function numberOf(value: unknown): number | undefined {
  return Number.isFinite(value) ? (value as number) : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= longest ? value : undefined
}
