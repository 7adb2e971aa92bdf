import type { Endpoint, Reply } from '../endpoint/endpoint.js'
import type { TraceEvent } from '../model/events.js'
import type { Json, Patch } from '../model/record.js'
import type { SenderState } from '../model/sender-state.js'
import type { Platform } from '../platform/platform.js'
import type { Database } from '../store/database.js'
import type { Session } from '../store/rows.js'
import type { Lease } from './lease.js'
import type { Network } from './network.js'
import type { SyncOptions } from './sync-options.js'

/** The parts of the outside world that a sender needs. */
export interface SenderParts {
  db: Database
  endpointOf(collection: string): Endpoint | undefined
  platform: Pick<Platform, 'clock' | 'random' | 'fetch'> & { connectivity: Network }
  options: SyncOptions
  /** Called once; `onDeposed` is called when another context has the lease. */
  createLease(onDeposed: () => void): Lease
  /** The credentials of the session's requests; `undefined` while this context does not have them, and nothing is sent. */
  credentialsOf(session: Session): { token?: string } | undefined
  descriptionOf(collection: string): Json | undefined
  /** A request of this sender was answered. */
  onReply(collection: string, patch: Patch, reply: Reply): void
  /** `broadcasts`: the state of the context that sends, for the others. */
  onState(state: SenderState, broadcasts: boolean): void
  onTrace(event: TraceEvent): void
  /** Storage failed in the middle of sending; the sender waits and tries again. */
  onError(error: unknown): void
  /** After that trouble, a transaction has succeeded. */
  onRecovered?(): void
}
