import type { Json } from './record.js'

/** Why a request failed, as the backend's own code says (G8). */
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

/** Plain data: it is stored and shown. Carries no token and no password (G11). */
export interface Failure {
  kind: FailureKind
  /** Narrows the kind: `taken`, `changed`, `not-stored`, ... */
  reason?: string | undefined
  /** The backend's own code. */
  code?: number | string | undefined
  /** HTTP status. */
  status?: number | undefined
  message: string
  details?: Json | undefined
  /** The properties known to be at fault. */
  offending?: readonly string[] | undefined
  retryAfterMs?: number | undefined
  /** How many refusals in a row of one request make it a verdict. Default 1. */
  refusals?: number | undefined
}

/** What a failure means for the edits it answers: a verdict ends them, a hold keeps all, a wait tries again. */
export type FailureClass = 'verdict' | 'hold' | 'wait'

const classByKind: { [kind in FailureKind]: FailureClass } = {
  conflict: 'verdict',
  validation: 'verdict',
  forbidden: 'verdict',
  gone: 'verdict',
  other: 'verdict',
  auth: 'hold',
  configuration: 'hold',
  busy: 'wait',
  server: 'wait',
  unreachable: 'wait',
  timeout: 'wait',
}

export function isFailureKind(kind: unknown): kind is FailureKind {
  return typeof kind === 'string' && Object.hasOwn(classByKind, kind)
}

export function failureClass(kind: FailureKind): FailureClass {
  return classByKind[kind]
}
