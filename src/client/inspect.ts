// Floor 5: all that a developer asks of a client that seems stuck, from one read. Names, ids and times; no value and no secret.
import type { Endpoint } from '../endpoint/endpoint.js'
import type { LiveViews, StorageState } from '../live/live.js'
import { type MadeEdit, opOf } from '../model/edit.js'
import { ClosedError } from '../model/errors.js'
import type { TraceEvent } from '../model/events.js'
import type { FailureKind } from '../model/failure.js'
import type { Fault } from '../model/fault.js'
import type { LaneReason } from '../model/lane-reason.js'
import type { Operation, RecordKey } from '../model/record.js'
import type { Platform } from '../platform/platform.js'
import { type InspectedRows, readInspection } from '../store/read-inspection.js'
import type { StoredLane } from '../store/rows.js'
import type { SenderFacts } from '../sync/sender.js'
import type { SyncOptions } from '../sync/sync-options.js'
import { whyLane } from '../sync/why.js'
import type { Lifecycle } from './lifecycle.js'
import type { Parts } from './parts.js'
import type { Pulls, PullState } from './pulls.js'

/** One edit that is not settled. */
export interface InspectedEdit {
  /** As in `pending$`. */
  readonly id: string
  /** The edit makes the record, changes it, or deletes it. */
  readonly op: Operation
  /** The names of the properties that it writes. */
  readonly properties: readonly string[]
  /** When it was made, in ms since 1970. */
  readonly atMs: number
}

/** The pending edits of one record, in the order of saving. */
export interface InspectedLane {
  /** The record, by its id on this device. */
  readonly record: RecordKey
  /** Oldest first; empty where the lane only owes a look-back. */
  readonly edits: readonly InspectedEdit[]
  /** Requests since the lane's last settlement. */
  readonly tries: number
  /** The request that was or may have been sent; absent: none was. */
  readonly attempt?:
    | {
        /** The edits that its answer settles. */
        readonly editIds: readonly string[]
        /** Its operation. */
        readonly op: Operation
        /** How often it was sent. */
        readonly tries: number
        /** When it was sent last, in ms since 1970. */
        readonly atMs: number
        /** It has no answer yet. */
        readonly isOpen: boolean
        /** Nobody can tell whether it took effect. */
        readonly isUnknown: boolean
      }
    | undefined
  /** Why it is not with the backend yet. */
  readonly reason: LaneReason
}

/** An open fault, without a value. */
export interface InspectedFault extends Pick<
  Fault,
  'id' | 'editIds' | 'kind' | 'reason' | 'code' | 'status' | 'op' | 'properties' | 'attempts' | 'atMs' | 'causedBy'
> {
  /** Its record, by its id on this device. */
  readonly record: RecordKey
}

/** Where the pulls of a collection stand, in this tab. `atMs`: the end of the last one that succeeded, in any tab. */
export interface InspectedPull extends Omit<PullState, 'failure'> {
  /** Its name, as in the options. */
  readonly collection: string
  /** Why the last one failed; absent: it did not. */
  readonly failure?:
    | {
        /** As of faults and of `status$`. */
        readonly kind: FailureKind
        /** The backend's own code, where it gave one. */
        readonly code?: number | string | undefined
      }
    | undefined
}

/** The state of a client: the database in one read, and the memory of this tab at that time. Times: milliseconds since 1970. */
export interface Inspection {
  /** The time of the read, by the client's clock, in ms since 1970. */
  readonly atMs: number
  /** The name of the IndexedDB database. */
  readonly database: string
  /** The name of this tab in the lease. */
  readonly tab: string
  /** As in the database: `expired` where the backend does not take the session any more. */
  readonly session: 'signed-in' | 'expired' | 'signed-out'
  /** As in `storage$`. */
  readonly storage: StorageState
  /** `false`: storage gave nothing, and the rest is what this tab knows: its edits that are not on disk, and its faults. */
  readonly isRead: boolean
  /** The browser's word on the network, unless a request of ours was answered since. */
  readonly online: boolean
  /** The right to send; absent: no tab has it. */
  readonly lease?:
    | {
        /** The tab that has it, or that had it last. */
        readonly tab: string
        /** That is this tab. */
        readonly isHere: boolean
        /** That tab was hidden at its last word. */
        readonly isHidden: boolean
        /** The last word of that tab. */
        readonly beatAtMs: number
      }
    | undefined
  /** Of the account that is logged in. */
  readonly lanes: readonly InspectedLane[]
  /** The number of pending edits of accounts that are not logged in. */
  readonly kept: number
  /** The open faults of the account, oldest first. */
  readonly faults: readonly InspectedFault[]
  /** Of the collections whose endpoint can list them. */
  readonly pulls: readonly InspectedPull[]
  /** The newest steps of `trace$` in this tab, oldest first; at most 200. */
  readonly events: readonly TraceEvent[]
}

export interface InspectParts {
  name: string
  collections: readonly string[]
  endpointOf(collection: string): Endpoint | undefined
  platform: Pick<Platform, 'clock' | 'connectivity'>
  sync: SyncOptions
  live: LiveViews
  life: Lifecycle
  pulls: Pulls
}

/** Storage that would keep a read waiting. */
const dumb: ReadonlySet<StorageState> = new Set(['healing', 'blocked', 'unavailable'])

export async function inspect(parts: InspectParts): Promise<Inspection> {
  const { name, collections, endpointOf, platform, live, life, pulls } = parts
  life.closed.throwIfAborted()
  const listed = collections.filter((one) => endpointOf(one)?.list)
  const opened = dumb.has(live.storage$.value) ? life.parts : await openedOr(life)
  const found =
    opened &&
    !dumb.has(live.storage$.value) &&
    (await readInspection(opened.db, listed, platform.clock.now()).catch((error: unknown) => {
      if (error instanceof ClosedError) throw error
    }))
  const storage = live.storage$.value
  const facts = opened?.sender.facts()
  const { state, lease, faults = live.faults.open$.value, cursors = [] }: Partial<InspectedRows> = found || {}
  const { session } = state ?? live.feed.snapshot ?? {}
  return {
    atMs: platform.clock.now(),
    database: name,
    tab: facts?.tab ?? '',
    session: session ? (session.expired ? 'expired' : 'signed-in') : 'signed-out',
    storage,
    isRead: !!found,
    online: platform.connectivity.online,
    lease: lease?.holder
      ? { tab: lease.holder, isHere: lease.holder === facts?.tab, isHidden: lease.hidden, beatAtMs: lease.beatAtMs }
      : undefined,
    lanes: joined(found ? savedLanes(parts, found, opened!, facts!) : [], unsavedLanes(live, found || undefined)),
    kept: state
      ? Object.entries(state.counts).reduce(
          (sum, [of, { pending }]) => sum + (of === session?.account ? 0 : pending),
          0,
        )
      : 0,
    faults: faults.map(withoutValues),
    pulls: listed.map((collection, at) => {
      const { failure, ...pull } = pulls.state$(collection).value
      const { atMs = cursors[at]?.atMs } = pull
      return { collection, ...pull, atMs, failure: failure && { kind: failure.kind, code: failure.code } }
    }),
    events: [...live.trace.recent()],
  }
}

async function openedOr(life: Lifecycle): Promise<Parts | undefined> {
  return life.ready().catch((error: unknown) => {
    if (error instanceof ClosedError) throw error
    return life.parts
  })
}

function savedLanes(
  { endpointOf, platform, sync, live }: InspectParts,
  { state, lease, lanes }: InspectedRows,
  { db, tokens }: Parts,
  facts: SenderFacts,
): InspectedLane[] {
  const storage = live.storage$.value
  const at = {
    ...facts,
    nowMs: platform.clock.now(),
    requestTimeoutMs: sync.requestTimeoutMs,
    state,
    lease,
    hasToken: !!state.session && tokens.of(state.session) !== undefined,
    online: platform.connectivity.online,
    refsOf: db.relations?.refsOf,
  }
  return lanes.map((lane) => {
    const { key, row, edits } = lane
    const { collection, id } = key
    const { attempt } = row
    const endpoint = endpointOf(collection)
    return {
      record: { collection, id },
      edits: edits.map(editOf),
      tries: row.tries,
      attempt: attempt && {
        editIds: attempt.editIds,
        op: opOf(attempt),
        tries: attempt.tries,
        atMs: attempt.atMs,
        isOpen: attempt.open,
        isUnknown: attempt.unknown,
      },
      reason:
        storage === 'full'
          ? { is: 'storage', state: storage }
          : whyLane(lane, { ...at, endpoint: endpoint && { prepares: !!endpoint.prepare } }),
    }
  })
}

/** Edits that this tab shows, and that are not on disk. */
function unsavedLanes(live: LiveViews, found: { lanes: readonly StoredLane[] } | undefined): InspectedLane[] {
  const { value: state } = live.storage$
  const saved = new Set(found?.lanes.flatMap(({ edits }) => edits.map(({ id }) => id)))
  const lanes = new Map<string, { record: RecordKey; edits: InspectedEdit[] }>()
  for (const { key, name, edit, seq } of live.overlay.entries()) {
    if (saved.has(edit.id) || (found && seq !== undefined)) continue
    const lane = lanes.get(name) ?? { record: key, edits: [] }
    lanes.set(name, lane)
    lane.edits.push(editOf(edit))
  }
  const isWorking = state === 'ok' || state === 'lost' || state === 'volatile'
  const reason: LaneReason = isWorking ? { is: 'saving' } : { is: 'storage', state }
  return [...lanes.values()].map((lane) => ({ ...lane, tries: 0, reason }))
}

/** One lane a record: edits that are not on disk yet come after those that are, which wait for a reason of their own. */
function joined(saved: InspectedLane[], unsaved: InspectedLane[]): InspectedLane[] {
  const nameOf = ({ record }: InspectedLane): string => JSON.stringify([record.collection, record.id])
  const more = new Map(unsaved.map((lane) => [nameOf(lane), lane]))
  const lanes = saved.map((lane) => {
    const later = more.get(nameOf(lane))
    more.delete(nameOf(lane))
    return later ? { ...lane, edits: [...lane.edits, ...later.edits] } : lane
  })
  return [...lanes, ...more.values()]
}

function editOf(edit: MadeEdit): InspectedEdit {
  return { id: edit.id, op: opOf(edit), properties: Object.keys(edit.patch), atMs: edit.atMs }
}

function withoutValues(fault: Fault): InspectedFault {
  const { id, editIds, kind, reason, code, status, op, properties, attempts, atMs, causedBy } = fault
  const record = { collection: fault.collection, id: fault.recordId }
  return { id, editIds, kind, reason, code, status, op, properties, attempts, atMs, causedBy, record }
}
