// Floor 3: the rows of the database. Every row but the counters carries its format version `v` (R15).
import type { Earliest } from '../model/ancestors.js'
import { labelOf, type QueuedEdit } from '../model/edit.js'
import type { Failure } from '../model/failure.js'
import type { Fault } from '../model/fault.js'
import type { Forms } from '../model/forms.js'
import type { Attempt, LookBack, Split, Stray } from './attempt.js'
import type { ChangeLog } from './change-log.js'
import type { OtherRecord, RemoteId } from './other-record.js'
import type { RowPlace } from './place.js'
import type { Json, LaneKey, Operation, Properties, RecordKey, State } from '../model/record.js'

export type { Attempt, LookBack, Split, Stray }

/** The format that this version of the library writes. */
export const formatVersion = 1

export interface Session {
  account: string
  /** New at each login; a failure of an older session's token says nothing of this one (R14). */
  sessionId: string
  /** Only with `stayLoggedIn`, or a guest's (G11). */
  token?: string | undefined
  /** Requests carry a token; false where the backend knows the caller by the app's own means, such as cookies. */
  hasToken: boolean
  stayLoggedIn: boolean
  guest: boolean
  /** The reason why the backend does not take the session any more. */
  expired?: Failure
}

export interface Counts {
  /** Edits saved and not settled. */
  pending: number
  /** Settled since the queue was last empty. */
  sent: number
  /** Saved since the queue was last empty. */
  total: number
  /** Open faults. */
  faults: number
  /** The version at which the open faults last changed; absent: not since this field exists. */
  faultsAt?: number
  /** Of the pending edits; absent: there are none, or it is not known. */
  front?: Front
}

/**
 * The place where the pending edits of an account begin. The transactions that save and settle keep it, so that no read
 * begins in front of it: browsers would walk over deleted rows there.
 */
export interface Front extends RecordKey {
  /** No pending edit has a lower one; `collection` and `id` together: nor does one lie in a lane before this one. */
  seq: number
  /** Of the oldest pending edits, exactly. */
  label: string
  atMs: number
}

/** A wait that concerns every lane (R12); kept so that a reload does not hurry a server that asked for patience. */
export interface Wait {
  failure: Failure
  /** How many such answers in a row. */
  failures: number
  dueAtMs: number
  /** The server named the time itself: `flush()` does not shorten it. */
  ordered: boolean
}

/** The one row that every writing transaction reads and writes. */
export interface StateRow {
  key: 'state'
  /** Raised by one in every writing transaction (R8). */
  version: number
  session?: Session
  /** The version of the last call that begins or ends a session: that call decides (R14). */
  turn?: number
  /** Of the calls from one turn to another, which all go on with a session of one account; `begun`: the last of those that have. */
  adopts?: { account: string; from: number; to: number; begun?: number }
  counts: { [account: string]: Counts }
  wait?: Wait
  /** Lanes that owe a look-back, by name: found without a read of every record. */
  lookBacks?: { [lane: string]: LaneKey & { dueAtMs: number } }
  /** The highest `n` that a fate has had; absent: there was none yet, or it is not known. */
  lastFate?: number
  /** By collection, the lesson of refusals about its versions. Of the backend: no account's end erases it (R24). */
  versions?: { [collection: string]: VersionLesson }
  /** The version at which names were last written or erased; absent: there never were any. */
  namesAt?: number
  /** The version at which some were last erased. */
  namesErasedAt?: number
  /** The version at which rows of records were last dropped, other than by the end of a session. */
  droppedAt?: number
  /** Kept from the first look at a list on. */
  changes?: ChangeLog
}

export interface VersionLesson {
  by: string
  /** The backend has refused a stale version once: nothing has to be read before a version is sent. */
  isProved: boolean
  /** The time since when none is sent, because the backend has refused a current one again and again. */
  offAtMs?: number
}

export const noCounts: Counts = { pending: 0, sent: 0, total: 0, faults: 0 }

/** The account's counters, put in place when they are missing; never a member that every object has. */
export function countsOf(state: StateRow, account: string): Counts {
  if (!Object.hasOwn(state.counts, account)) state.counts = { ...state.counts, [account]: { ...noCounts } }
  return state.counts[account]!
}

/** Rows of an app's data say their shape (R26); absent: 0. */
interface Shaped {
  shape?: number | undefined
}

export interface RecordRow extends LaneKey, Shaped {
  v: number
  /** Raised by each attempt, each settlement and each answer that becomes the base (R7). */
  rev: number
  /** The version of the database on which it was raised last. */
  revisedAt?: number | undefined
  /** The time of the last attempt or settlement. */
  revisedAtMs?: number | undefined
  /** Absent in rows of earlier versions. */
  place?: RowPlace | undefined
  /** The last confirmed state; `null`: proved absent; `undefined`: never read (R17). */
  base?: State
  baseAtMs?: number | undefined
  /** The last values in updates of this device that the backend has taken, as the base had them then. */
  wrote?: Properties | undefined
  /** Of exactly this base, with its means (`endpoint/versions.ts`); absent: none is known (R24). */
  version?: string | undefined
  /** When this device came to know the record; absent: before this field existed, or not yet. */
  knownSinceMs?: number | undefined
  attempt?: Attempt | undefined
  split?: Split | undefined
  strays?: Stray[] | undefined
  lookBacks?: LookBack[] | undefined
  /** The backend's forms of values, as far as its answers have shown them. */
  forms?: Forms | undefined
  /** Requests since the lane's last settlement. */
  tries: number
  /** Answers in a row that were no verdict; their number decides the wait. */
  failures: number
  dueAtMs: number
  /** Refusals in a row that were not final yet (`Failure.refusals`). */
  refusals?: number | undefined
  /** Refusals in a row of a version, and how many of these, in a row, had no change of the record for a reason (R24). */
  stale?: number | undefined
  unfounded?: number | undefined
  /** The time since when each try of this lane was answered without a verdict. */
  stalledSinceMs?: number | undefined
  /** The open `stalled` fault of this lane. */
  stalledFault?: string | undefined
  /** The open fault of kind `unknown` of this lane's creation: nothing goes out before the person has decided. */
  unknownFault?: string | undefined
  /** A read has shown a record that may be the one of that creation: the sender looks for it once more. */
  looksAgain?: true | undefined
  /** The person has sent the creation anew, and an earlier request of it may have made the record: no refusal disproves that (R21). */
  mayBeMade?: true | undefined
  /** The next request waits for a read: the outcome of an earlier one is unknown. */
  readFirst?: boolean | undefined
}

/** The edits of one lane that were saved in one transaction. Key: `[account, collection, id, seq]`. */
export interface RunRow extends LaneKey, Shaped {
  v: number
  /** The version of the transaction that saved them. */
  seq: number
  /** Shared by all edits of that save; the front part of their ids. */
  label: string
  /** Of the first of them. */
  atMs: number
  /** As text: see `runs.ts`. */
  edits: string
}

export interface FaultRow extends Fault {
  v: number
  account: string
}

/** An account's open faults, as a context remembers them: true while their last change is the one that `at` names. */
export interface KnownFaults {
  account: string
  at: number | undefined
  /** Oldest first. */
  open: readonly Fault[]
}

/** The least that a fault has. If it cannot be read, the library can show nothing else, until the app discards it (G7). */
export const blankFault: Omit<Fault, 'id'> = {
  editIds: [],
  kind: 'other',
  message: 'This fault cannot be read any more',
  collection: '',
  recordId: '',
  properties: [],
  offending: [],
  stored: [],
  base: {},
  mine: {},
  theirs: {},
  attempts: 0,
  atMs: 0,
}

export type FateOutcome = 'accepted' | 'rejected' | 'discarded'

/** The ends of edits (G3). */
export interface FateRow {
  v: number
  /** Ascending without gaps; given when it is written. */
  n?: number
  account: string
  labels: string[]
  /** Of all of them; absent: `update`, or of several where `key` is absent. */
  op?: Operation | undefined
  editIds: readonly string[]
  outcome: FateOutcome
  faultId?: string | undefined
  /** The record of all of them; absent in rows of earlier versions, and where they were of several. */
  key?: RecordKey
  atMs: number
}

export function fateOf(fate: Omit<FateRow, 'v' | 'n' | 'labels'>): FateRow {
  return { v: formatVersion, labels: [...new Set(fate.editIds.map(labelOf))], ...fate }
}

export interface LeaseRow {
  key: 'lease'
  epoch: number
  /** Names the context; empty: free. */
  holder: string
  beatAtMs: number
  hidden: boolean
  /** The holder has the Web Lock too, so that its end is noticed at once. */
  locked: boolean
}

/** The cached description of a collection, with its age. */
export interface DescriptionRow {
  key: `description:${string}`
  value: Json
  atMs: number
  /** The lessons of answers beyond it. */
  lesson?: Json | undefined
}

/** The edits of one lane that one transaction saved. `unread`: the row, where it cannot be read. */
export interface Run extends Omit<RunRow, 'edits' | 'atMs'> {
  edits: QueuedEdit[]
  unread?: RunRow
}

/** `from`: the shape that it was written in. */
export interface Unmigrated {
  from: number | undefined
  message: string
}

/** Why rows cannot be read: a newer version of the library, or of the app, wrote them (R15, R26), or they have no form of ours. */
export type Unread = 'reload' | 'damaged'

/** One lane as a transaction sees it: its record and its pending edits in order. */
export interface StoredLane {
  key: LaneKey
  row: RecordRow
  edits: QueuedEdit[]
  /** Of each edit, the version that saved it; where the reader asked for it. */
  seqs?: number[]
  /** Where the reader asked for it; absent: nothing is stored of the record. */
  place?: RowPlace | undefined
  /** The backend's id of a record that was made here and that the backend has named; absent: it is the key's. */
  remoteId?: RemoteId | undefined
  /** For a decision on an answer: since when this device knows another record under its id. 0: longer than it notes. */
  namesakeSinceMs?: number
  /** By lane name, the records that its edits name or wait for; where the reader asked for them. Never stored. */
  others?: ReadonlyMap<string, OtherRecord> | undefined
  /** Rows of it are in the shape of an older release still: nothing new of it goes out before they are migrated (R26). */
  older?: true | undefined
  /** Where its rows are of several shapes: the lane with this row and this part of each edit, all of it in the shape of this context. */
  inOneShape?: ((row: RecordRow, partOf: (edit: QueuedEdit) => QueuedEdit) => StoredLane) | undefined
  /** By edit, why the app's function could not migrate it. */
  failed?: ReadonlyMap<string, Unmigrated> | undefined
  /** Left alone, since rows of it cannot be read. */
  held?: Unread | undefined
  /** Those rows, as they lie there. A damaged row with nothing pending holds up nothing: it counts as missing. */
  unread?: readonly unknown[] | undefined
}

/** A lane with its rows. `earliest`: its earliest edit of each property, where the caller asked for it. */
export interface LaneRows extends StoredLane {
  runs: Run[]
  earliest?: Earliest | undefined
}

/** A record nothing is known of yet. */
export function emptyRecord(key: LaneKey, shape?: number): RecordRow {
  const { account, collection, id } = key
  const blank = { account, collection, id, v: formatVersion, rev: 0, tries: 0, failures: 0, dueAtMs: 0 }
  return shape ? { ...blank, shape } : blank
}
