// Floor 3: the parts of a record's row that tell of requests: the one under way, older ones whose copies may come, a refused one. Pure.
import type { Failure } from '../model/failure.js'
import type { Operation, Patch, RepeatsCreates } from '../model/record.js'

/** A request that was or may have been sent; written before it leaves (R2). */
export interface Attempt {
  /** The edits that its answer settles, covered ones included, oldest first. */
  editIds: string[]
  /** Absent: `update`. */
  op?: Operation | undefined
  /** Of a creation: what a repeat of it does, by the endpoint of the context that sent it first. */
  mode?: RepeatsCreates | undefined
  /** Of a creation: the time of the first try. */
  firstAtMs?: number | undefined
  /** Of a creation: the backend has named its record, and not shown it. */
  isNamed?: true | undefined
  /** Of a creation: an answer to it names a record that was known here before, or made here by another creation (R19). */
  namesOther?: true | undefined
  /** The patch of every try, exactly, in the backend's ids; of a creation all properties, of a deletion none. */
  patch: Patch
  key: string
  /** The version that it was made on, in every try; absent: none goes out (R24). */
  version?: string | undefined
  sessionId: string
  /** The lease's epoch at the last try: a later holder waits out that try's time (R3). */
  epoch: number
  /** Time of the last try. */
  atMs: number
  tries: number
  /** A try of it may have taken effect without our having seen the answer. */
  unknown: boolean
  /** The last try has no answer yet: it may be under way. */
  open: boolean
  /** Its last try was refused, and the sender has to read the record before it believes the refusal (R3). */
  refusal?: Failure | undefined
}

/** Values that were sent, and whose copy may still arrive at the backend (R3). */
export interface Stray {
  /** Absent: `update`. */
  op?: Operation | undefined
  patch: Patch
  untilMs: number
  /** Of a creation that the backend finds by this edit. */
  finds?: string | undefined
  /** Refused because the session ended: nothing is compared until the next login, and these values count as ours. */
  held?: true
}

/** A read still owed: if an older value has come back by then, the newer is sent again (R3). */
export interface LookBack {
  /**
   * `delete`: the record was deleted, and a late copy of its creation may bring it back. `create`: a late copy may have made it
   * twice. Absent: values.
   */
  op?: 'create' | 'delete' | undefined
  /** The copy is looked for by this edit; `older`: the properties that it was sent with. */
  finds?: string | undefined
  older: Patch
  newer: Patch
  dueAtMs: number
  /** How often the newer has been sent again. */
  resent: number
}

/** More than a request gets by default; a copy further ahead was noted before the clock was set back. */
const longestCopyMs = 300_000

/** Whether a copy of the request may still arrive. */
export function mayCome({ untilMs }: Pick<Stray, 'untilMs'>, nowMs: number): boolean {
  return untilMs > nowMs && untilMs - nowMs <= longestCopyMs
}

/**
 * Whether a copy of an older request may still undo a new creation of the record, or a look-back is owed (R3, R18). Copies of values
 * change only a record that is there.
 */
export function owesLookBack(
  { strays, lookBacks }: { strays?: readonly Stray[] | undefined; lookBacks?: readonly LookBack[] | undefined },
  nowMs: number,
): boolean {
  return !!lookBacks?.length || !!strays?.some((stray) => stray.op === 'delete' && mayCome(stray, nowMs))
}

/** The place where a refused composition is being halved (R6): counts of sendable edits from the front of the lane. */
export interface Split {
  /** The front edits that are known to hold a guilty one. */
  suspects: number
  /** The number of edits that go out next. */
  size: number
}
