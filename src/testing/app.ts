// Floor 7: the parts of an app that the kit looks at. Every client has them, that of each entry.
import type { Fault } from '../model/fault.js'
import type { TraceEvent } from '../model/events.js'
import type { Operation, RecordKey } from '../model/record.js'

interface Subscribed<T> {
  subscribe(listener: (value: T) => void): { unsubscribe(): void }
}

interface PendingToTest {
  readonly id: string
  readonly key: RecordKey
  readonly op: Operation
  readonly patch: { readonly [property: string]: unknown }
}

interface RecordsToTest {
  get(id: string): Promise<unknown>
}

/** The members that the kit uses of a client of `openRest`, `openBackendless` or `openClient`. */
export interface AppToTest {
  /** The edits that are saved and not settled. */
  readonly pending$: Subscribed<readonly PendingToTest[]>
  /** Its `value` says whether something is `pending`, the `phase` of the sender, and in `failure` by a `message` why it waits. */
  readonly status$: { readonly value: { phase: string; pending: number; failure?: { message: string } | undefined } }
  /** The open faults, as `open$` and its `value`. */
  readonly faults: { readonly open$: Subscribed<readonly Fault[]> & { readonly value: readonly Fault[] } }
  /** Each step of the client. */
  readonly trace$: Subscribed<TraceEvent>
  /** The end of an edit. */
  settlement(editId: string): Promise<SettlementToTest>
  /** The records of a collection, where the client has collections. */
  collection?(name: string): RecordsToTest
  /** The rows of a table, where the client has tables. */
  table?(name: string): RecordsToTest
  /** The logged-in user as the `value` of `current$`, where the client has users. */
  readonly users?: { readonly current$: { readonly value: unknown } }
  /** Ends all work. */
  close(): Promise<void>
}

/** The end of an edit, as far as the kit looks at it. */
export interface SettlementToTest {
  readonly outcome: 'accepted' | 'rejected' | 'discarded' | 'unknown'
  readonly remoteId?: string | number
}

/** An edit that a tab has saved, or found on the device. */
export interface EditSeen extends PendingToTest {
  isSaved: boolean
  /** A tab has shown the fault of its refusal. The client forgets the refusal once the app has resolved that fault. */
  isRefused: boolean
  /** The tab that was the first to show it. */
  readonly by: object
}
