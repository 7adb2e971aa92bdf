import type { Json } from './record.js'

/** The reason why a request failed, by the backend's own code (G8). */
export type FailureKind =
  | 'conflict'
  | 'validation'
  | 'forbidden'
  | 'gone'
  | 'other'
  | 'auth'
  | 'configuration'
  | 'busy'
  | 'server'
  | 'unreachable'
  | 'timeout'

/** Plain data: Holdfast stores and shows it. Carries no token and no password (G11). */
export interface Failure {
  /** It decides the consequence: a verdict ends the edits, a hold keeps all, a wait leads to another try (docs/faults.md). */
  kind: FailureKind
  /** Narrows the kind: `taken`, `changed`, `stale`, `not-stored`, ... */
  reason?: string | undefined
  /** The backend's own code. */
  code?: number | string | undefined
  /** HTTP status. */
  status?: number | undefined
  /** The backend's own words, or those of Holdfast where it has none; at most 2,048 characters in a fault. */
  message: string
  /** The rest of the backend's answer; absent: none, or more than 8,192 characters of JSON in a fault. */
  details?: Json | undefined
  /** The properties that are known to be at fault. */
  offending?: readonly string[] | undefined
  /** How long the backend asks to be left alone, in ms (`Retry-After`, RFC 9110); absent: the own backoff decides. */
  retryAfterMs?: number | undefined
  /** No answer has come: the request may have taken effect all the same. Of a hold; a wait says so by itself. */
  unanswered?: true | undefined
  /** How many refusals in a row of one request make it a verdict. Default 1. */
  refusals?: number | undefined
}

/** The consequence for the edits of the request: a verdict ends them, a hold keeps all, a wait leads to another try. */
export type FailureClass = 'verdict' | 'hold' | 'wait'

export type WaitEnd = 'network' | 'start'

/** All that the code knows of a kind. */
export interface FailureRule {
  class: FailureClass
  /** The reach of the failure; it says nothing about anything beyond. */
  scope: 'edit' | 'lane' | 'account' | 'all'
  /** A copy of our own request can cause this refusal: the sender reads the record before it believes one (R3). */
  readsFirst?: boolean
  /** There is no such record: it ends all edits of the lane. */
  endsLane?: boolean
  /** The news that may end a wait for it: a change of the network, or a start and a login (R12). */
  endedBy?: WaitEnd
  /** The backend asks to be left alone: no proper reply ends the wait, and it goes before other waits. */
  isOrder?: boolean
  /** The longest wait; by default that of the backoff. A longer one was set by a clock that has jumped. */
  longestMs?: number
  /** The answer to a read: this account can read no record of the collection. */
  forbidsReads?: boolean
  /** The class description that checked the edit may be old. */
  doubtsDescription?: boolean
  /** Narrows the kind where the backend's own code states it. */
  reason?: string
}

const rules: { readonly [kind in FailureKind]: FailureRule } = {
  conflict: { class: 'verdict', scope: 'edit', readsFirst: true, reason: 'taken' },
  validation: { class: 'verdict', scope: 'edit', doubtsDescription: true },
  forbidden: { class: 'verdict', scope: 'edit', forbidsReads: true },
  gone: { class: 'verdict', scope: 'lane', endsLane: true },
  other: { class: 'verdict', scope: 'edit', readsFirst: true },
  auth: { class: 'hold', scope: 'account' },
  configuration: { class: 'hold', scope: 'all', endedBy: 'start', longestMs: 900_000 },
  busy: { class: 'wait', scope: 'all', isOrder: true, longestMs: 3_600_000 },
  server: { class: 'wait', scope: 'lane' },
  unreachable: { class: 'wait', scope: 'all', endedBy: 'network' },
  timeout: { class: 'wait', scope: 'all', endedBy: 'network' },
}

export function isFailureKind(kind: unknown): kind is FailureKind {
  return typeof kind === 'string' && Object.hasOwn(rules, kind)
}

/** An unknown kind, from storage or from an endpoint, counts as `other`. */
export function ruleOf(kind: string): FailureRule {
  return rules[isFailureKind(kind) ? kind : 'other']
}

/** Whether a fault is of a lane that gets no verdict. No failure has that kind: the lane's edits are pending still. */
export function isStalled({ kind }: { kind: string }): boolean {
  return kind === 'stalled'
}

/** Whether a fault is of an edit that names a record which came to nothing. */
export function isDependency({ kind }: { kind: string }): boolean {
  return kind === 'dependency'
}

/** Whether the backend has something of this name already. */
export function isTaken({ kind }: { kind: string }): boolean {
  return kind === 'conflict'
}

/** Whether the request was made on an older version of the record (R24). */
export function isStale({ kind, reason }: Pick<Failure, 'kind' | 'reason'>): boolean {
  return kind === 'conflict' && reason === 'stale'
}

/** Whether a fault is of a creation of which nobody knows whether it was made: its edits are pending still. */
export function isUnknown({ kind }: { kind: string }): boolean {
  return kind === 'unknown'
}

/** Whether the edits of such a fault are pending still: they end with it, or it with them. */
export function keepsEdits(fault: { kind: string }): boolean {
  return isStalled(fault) || isUnknown(fault)
}
