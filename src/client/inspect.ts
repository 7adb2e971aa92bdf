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
  readonly id: string
  readonly op: Operation
  /** The names of the properties that it writes. */
  readonly properties: readonly string[]
  readonly atMs: number
}

/** The pending edits of one record, in the order of saving. */
export interface InspectedLane {
  readonly record: RecordKey
  readonly edits: readonly InspectedEdit[]
  /** Requests since the lane's last settlement. */
  readonly tries: number
  /** The request that was or may have been sent. `isOpen`: it has no answer yet. `isUnknown`: nobody can tell whether it took effect. */
  readonly attempt?:
    | {
        readonly editIds: readonly string[]
        readonly op: Operation
        readonly tries: number
        readonly atMs: number
        readonly isOpen: boolean
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
  readonly record: RecordKey
}

/** Where the pulls of a collection stand, in this tab. `atMs`: the end of the last one that succeeded, in any tab. */
export interface InspectedPull extends Omit<PullState, 'failure'> {
  readonly collection: string
  readonly failure?: { readonly kind: FailureKind; readonly code?: number | string | undefined } | undefined
}

/** The state of a client: the database in one read, and the memory of this tab at that time. Times: milliseconds since 1970. */
export interface Inspection {
  readonly atMs: number
  readonly database: string
  /** The name of this tab in the lease. */
  readonly tab: string
  readonly session: 'signed-in' | 'expired' | 'signed-out'
  readonly storage: StorageState
  /** `false`: storage gave nothing, and the rest is what this tab knows: its edits that are not on disk, and its faults. */
  readonly isRead: boolean
  /** The browser's word on the network, unless a request of ours was answered since. */
  readonly online: boolean
  /** The right to send. `tab`: its holder, or the one that had it last; `isHere`: that is this tab. */
  readonly lease?:
    | { readonly tab: string; readonly isHere: boolean; readonly isHidden: boolean; readonly beatAtMs: number }
    | undefined
  /** Of the account that is logged in. */
  readonly lanes: readonly InspectedLane[]
  /** The number of pending edits of accounts that are not logged in. */
  readonly kept: number
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
    lanes: [...(found ? savedLanes(parts, found, opened!, facts!) : []), ...unsavedLanes(live, found || undefined)],
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

function editOf(edit: MadeEdit): InspectedEdit {
  return { id: edit.id, op: opOf(edit), properties: Object.keys(edit.patch), atMs: edit.atMs }
}

function withoutValues(fault: Fault): InspectedFault {
  const { id, editIds, kind, reason, code, status, op, properties, attempts, atMs, causedBy } = fault
  const record = { collection: fault.collection, id: fault.recordId }
  return { id, editIds, kind, reason, code, status, op, properties, attempts, atMs, causedBy, record }
}
