import type { Json } from '../json.js'
import { checkRule } from './check-rule.js'
import { isPathLike } from './path-pattern.js'

/** The treatment of a request that a rule matches. */
export type Action = { readonly delayMs?: number } & (
  | { readonly do: 'pass' }
  /** The connection is destroyed before the request is read. */
  | { readonly do: 'refuse' }
  /** The request is carried out; the connection is destroyed instead of an answer. */
  | { readonly do: 'lose-answer' }
  /** Carried out; half of the answer's body is sent, then the connection is destroyed. */
  | { readonly do: 'cut-body' }
  /** Carried out; the answer has its status and no body. */
  | { readonly do: 'empty-body' }
  /** Waits until `release()` before it carries the request out. */
  | { readonly do: 'hold' }
  /** Carries it out, and waits until `release()` before it answers. */
  | { readonly do: 'hold-answer' }
  /** Begins to carry it out, and waits in the middle until `release()`. Only writes of the REST mode have a middle. */
  | { readonly do: 'hold-work' }
  /** A refusal as RFC 9457 has it (`application/problem+json`), the request not carried out. Default 400. */
  | {
      readonly do: 'problem'
      readonly status?: number
      readonly code?: string
      readonly detail?: string
      readonly errors?: { readonly [field: string]: readonly string[] }
    }
  /** A fault in the backend's shape, the request not carried out. `status: 200` is a fault in a 200. */
  | {
      readonly do: 'fault'
      readonly code: number
      readonly message?: string
      readonly status?: number
      readonly errorData?: Json
    }
  /** An answer that is no fault of the backend, the request not carried out unless `applied`. Default 500 with HTML. */
  | ({ readonly do: 'server-error'; readonly status?: number; readonly as?: 'json' | 'html' | 'empty' } & Stranger)
  /** 429 (or `status`); `retryAfter` as the header has it. Script can read it only with `readable` (default true). */
  | {
      readonly do: 'too-many-requests'
      readonly retryAfter?: string | number
      readonly readable?: boolean
      readonly status?: number
      readonly as?: 'json' | 'html' | 'empty'
    }
  /** An answer of the test's own: default 200, `body` as JSON or `text` as it is, CORS allowed unless the headers say. */
  | ({
      readonly do: 'answer'
      readonly status?: number
      readonly body?: Json
      readonly text?: string
      readonly headers?: { readonly [name: string]: string }
    } & Stranger)
  /** A log-in page with status 200 in place of the answer. */
  | ({ readonly do: 'captive-portal' } & Stranger)
  /** The page of a gateway that does not know the address (404), forbids it (403) or reaches nobody (502). */
  | ({ readonly do: 'gateway'; readonly status: 403 | 404 | 502 | 503 | 504 } & Stranger)
)

interface Stranger {
  /** true: the request is carried out first, as when a gateway gives up waiting. Default false. */
  readonly applied?: boolean
  /** false: without CORS headers, as strangers answer: a page's script then sees a network error. Default true. */
  readonly cors?: boolean
}

/** Which requests are meant. Preflights only if `method` says OPTIONS. */
export interface Match {
  /** One, or several. */
  readonly method?: string | readonly string[]
  /** The path after the API root, such as `/users/ID`; a `*` stands for anything. */
  readonly path?: string
}

export interface Rule {
  readonly match?: Match
  /** How many matching requests are let through first. Default 0. */
  readonly after?: number
  /** How many it is then applied to. Default 1. */
  readonly times?: number | 'always'
  readonly action: Action
}

/** A queue of rules: the first that matches and is not used up decides. */
export interface Rules {
  add(rule: Rule): void
  /** Those that are not used up. */
  list(): readonly Rule[]
  clear(): void
  /** The action for a request; counts as a use. */
  take(method: string, path: string): Action | undefined
}

/** An empty queue. `add` throws an `Error` for a rule that cannot be, or whose action is none of `actions`. */
export function createRules(actions: ReadonlySet<Action['do']>): Rules {
  let queue: { rule: Rule; seen: number; used: number }[] = []
  const usedUp = ({ rule, used }: (typeof queue)[number]): boolean =>
    rule.times !== 'always' && used >= (rule.times ?? 1)

  return {
    add(rule) {
      checkRule(rule, actions)
      queue.push({ rule, seen: 0, used: 0 })
    },
    list: () => queue.map(({ rule }) => rule),
    clear: () => void (queue = []),
    take(method, path) {
      for (const entry of queue) {
        if (!matches(entry.rule.match ?? {}, method, path)) continue
        entry.seen += 1
        if (entry.seen <= (entry.rule.after ?? 0)) continue
        entry.used += 1
        queue = queue.filter((other) => !usedUp(other))
        return entry.rule.action
      }
      return undefined
    },
  }
}

function matches(match: Match, method: string, path: string): boolean {
  const methods = typeof match.method === 'string' ? [match.method] : match.method
  if (methods ? !methods.includes(method) : method === 'OPTIONS') return false
  if (match.path === undefined) return true
  return isPathLike(match.path, path)
}
