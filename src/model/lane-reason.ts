// Why the edits of a record are not with the backend yet: a closed union, so that each reason has its sentence.
import type { FailureKind } from './failure.js'
import type { RecordKey } from './record.js'

interface Due {
  /** The time of the next try, in milliseconds since 1970. */
  readonly dueAtMs: number
}

interface Tries extends Due {
  /** How many answers in a row were no verdict, or refusals that are not final. */
  readonly tries: number
}

interface Coded {
  /** As of faults and of `status$`. */
  readonly kind: FailureKind
  /** The backend's own code, where it gave one. */
  readonly code?: number | string | undefined
}

interface Awaiting {
  /** The record that it waits for, by its id on this device. */
  readonly of: RecordKey
  /** The number of further records. */
  readonly others: number
}

interface OfStorage {
  /** As in `storage$`. */
  readonly state: 'healing' | 'blocked' | 'unavailable' | 'full'
}

interface Since {
  /** When it left, in milliseconds since 1970. */
  readonly sinceMs: number
}

interface OfTab {
  /** Its name in the lease. */
  readonly tab: string
}

interface OfFault {
  /** The open fault that says so. */
  readonly faultId: string
}

/** One member for each name, so that code can pick it by its name. */
type Because<I extends string, More = unknown> = I extends string ? { readonly is: I } & More : never

/**
 * The first reason that holds up a lane: the edits of one record.
 *
 * On this device: `storage`: local storage does not take or give edits now. `saving`: the edit is not on disk yet. `newer-version`: a
 * newer version of the library or of the app wrote rows of it. `damaged`: its rows cannot be read. `no-endpoint`: this client has no
 * endpoint for the collection. `broken`: a defect has stopped it until the page is loaded again. `frozen`: the browser has frozen the
 * page. `older-data`: it is of an older release of the app, and is migrated once what was sent is concluded.
 *
 * Of the session: `session-ended`: the backend does not take the session any more. `no-token`: this tab does not have its token.
 * `credentials`: the app's credentials are fetched, or fetched again at `dueAtMs`.
 *
 * Of other edits: `creation`: another record is made first. `edits`: edits of another record go first (`after`). `in-doubt`: its
 * creation may have been made, and the person decides.
 *
 * Of the way to the backend: `offline`: the browser says so. `network`: requests have no answer. `busy`: the server is busy. `asked`:
 * the server named the time itself (`Retry-After`). `configuration`: the backend refuses all. `failing`: the server fails for several
 * records. `server`: it fails for this one. `refused`: the refusal is not final yet. `stale`: the backend refuses its version again
 * and again. `stalled`: no verdict for seven days.
 *
 * Under way: `sending`: its request is out. `abandoned`: a request of a tab that has ended may arrive until `dueAtMs`. `checking`: the
 * record is read before a refusal is believed. `repeating`: a try had no answer. `look-back`: the record is read at `dueAtMs`, since a
 * late copy of an older request may have arrived. `other-tab`: the tab of this name sends. `next`: nothing; its turn comes.
 */
export type LaneReason =
  | Because<'storage', OfStorage>
  | Because<'saving' | 'newer-version' | 'damaged' | 'no-endpoint' | 'broken' | 'frozen' | 'older-data' | 'no-token'>
  | Because<'session-ended', Coded>
  | Because<'credentials', Partial<Due>>
  | Because<'creation' | 'edits', Awaiting>
  | Because<'in-doubt', OfFault>
  | Because<'offline' | 'abandoned' | 'look-back', Due>
  | Because<'network' | 'busy' | 'asked' | 'failing' | 'server' | 'refused' | 'stale', Tries>
  | Because<'configuration', Coded & Due>
  | Because<'stalled', Due & OfFault>
  | Because<'sending', Since>
  | Because<'other-tab', OfTab>
  | Because<'checking' | 'repeating' | 'next'>
