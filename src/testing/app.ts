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

/** The client of `openRest`, `openBackendless` or `openClient`. */
export interface AppToTest {
  readonly pending$: Subscribed<readonly PendingToTest[]>
  readonly status$: { readonly value: { phase: string; pending: number; failure?: { message: string } | undefined } }
  readonly faults: { readonly open$: { readonly value: readonly Fault[] } }
  readonly trace$: Subscribed<TraceEvent>
  settlement(editId: string): Promise<SettlementToTest>
  collection?(name: string): RecordsToTest
  table?(name: string): RecordsToTest
  readonly users?: { readonly current$: { readonly value: unknown } }
  close(): Promise<void>
}

interface SettlementToTest {
  readonly outcome: 'accepted' | 'rejected' | 'discarded' | 'unknown'
  readonly remoteId?: string | number
}

/** An edit that a tab has saved, or found on the device. */
export interface EditSeen extends PendingToTest {
  isSaved: boolean
  /** The tab that was the first to show it. */
  readonly by: object
}
