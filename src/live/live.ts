// All that apps observe, made from one snapshot and this tab's overlay (R8).
import type { Observable } from 'rxjs'
import type { MadeEdit } from '../model/edit.js'
import type { SenderState } from '../model/sender-state.js'
import type { Fault } from '../model/fault.js'
import type { Properties, RecordKey, RecordOf, State } from '../model/record.js'
import type { Clock } from '../platform/platform.js'
import type { Commit } from '../store/commit.js'
import type { StoredLane } from '../store/rows.js'
import type { Snapshot } from '../store/snapshot-data.js'
import { createChangedNames } from './changed-names.js'
import { createEndReader, type EndSource } from './end-reader.js'
import { createFaultEvents, type FaultEvents } from './faults.js'
import { createFrames } from './frames.js'
import { createChanges, createLiveValue, type Live } from './live-value.js'
import { createOverlay, type LaidOver } from './overlay.js'
import { createPendingList, type PendingEdit, pendingTopic } from './pending.js'
import { createRecords, type ListSource, listTopic, type LiveRecord, type Records, type RecordState } from './record.js'
import { type SessionState, sessionState } from './session.js'
import { createShownFaults } from './shown-faults.js'
import { createSettlements, type Settlement } from './settlements.js'
import { createSnapshotFeed, recordName, type SnapshotFeed } from './snapshot.js'
import { holdOf, type Status, statusOf } from './status.js'
import { createTrace, type Trace } from './trace.js'

/**
 * Local storage, as far as it concerns the app. `healing`: a lost connection is being opened again. `blocked`: storage does
 * not answer. `lost`: saved data are gone. `volatile`: nothing outlasts the window (private mode). `unavailable`: this page
 * can save nothing, since there is no IndexedDB or it could not be opened; the error of each call says why. `full`: no room,
 * edits are refused.
 */
export type StorageState = 'ok' | 'healing' | 'blocked' | 'lost' | 'volatile' | 'unavailable' | 'full'

export interface LiveSource extends EndSource {
  clock: Clock
  /** The account's lanes that have pending edits. */
  readPending(account: string): Promise<StoredLane[]>
  /** Further members of an accepted settlement. */
  accepted?: ((value: Properties | null, key: RecordKey | undefined) => object) | undefined
  /** The account as `session$` names it. Default: `{ account }`. */
  named?: ((account: string) => object) | undefined
}

/** The edits of this tab that no snapshot has yet; each call notifies observers before it returns. */
export interface LiveOverlay {
  /**
   * Shows a new edit; with `replaces`, in the place of that one (G2). `name`: the record's, from callers that have it at
   * hand.
   */
  add(
    key: RecordKey,
    edit: MadeEdit,
    replaces?: string,
    name?: string,
    after?: readonly RecordKey[],
  ): { view: State; entry: LaidOver }
  /** All, or those of one record, oldest first. */
  entries(name?: string): Iterable<LaidOver>
  /** The edits were saved after all, and the snapshot has them. */
  found(editIds: readonly string[]): void
  /** The edits could not be saved: the view is as if they had never been (G1). */
  drop(editIds: readonly string[]): void
}

export interface LiveViews {
  readonly feed: Pick<SnapshotFeed, 'snapshot' | 'lane' | 'observe' | 'refresh' | 'follow'>
  /** All that lists are made of. */
  readonly lists: ListSource
  readonly overlay: LiveOverlay
  readonly session$: Live<SessionState>
  readonly status$: Live<Status>
  readonly storage$: Live<StorageState>
  readonly pending$: Observable<readonly PendingEdit[]>
  readonly faults: { readonly open$: Live<readonly Fault[]>; readonly events$: FaultEvents['events$'] }
  record(of: RecordOf): LiveRecord
  /** The values that a new edit of the record of this name is made on. */
  state(name: string): RecordState
  /** See `Records`. */
  objection: Records['objection']
  readonly trace: Trace
  settlement(editId: string): Promise<Settlement>
  /** The same for a caller that keeps the edit, however long ago it settled. */
  settlementOf(entry: LaidOver): Promise<Settlement>
  /** A transaction of this tab has completed. */
  committed(commit: Commit): void
  senderChanged(state: SenderState): void
  storageChanged(state: StorageState): void
  /** The database was lost. `idle`: resolves when every edit that was handed in before has been saved or refused. */
  lost(idle: Promise<void>): void
  /** Completes every stream, and resolves every awaited settlement with `unknown`. */
  close(): void
}

const statusTopic = 'status'

/** Whether these edits are the first of the overlay, in the same order, and none of them takes another one's place. */
function areFirstOf(laidOver: Iterable<LaidOver>, edits: readonly MadeEdit[]): boolean {
  const entries = laidOver[Symbol.iterator]()
  return edits.every(({ id }) => {
    const { edit, replaces }: Partial<LaidOver> = entries.next().value ?? {}
    return edit?.id === id && replaces === undefined
  })
}

export function createLive(source: LiveSource): LiveViews {
  const changes = createChanges()
  const trace = createTrace()
  const overlay = createOverlay()
  const frames = createFrames(source.clock)
  let sender: SenderState = { sending: false, online: true }
  let storage: StorageState = 'ok'
  let opened!: () => void
  const opening = new Promise<void>((resolve) => (opened = resolve))

  const snapshot = (): Snapshot | undefined => feed.snapshot
  const isUnavailable = (): boolean => storage === 'unavailable'
  const account = (): string | undefined => snapshot()?.session?.account

  const feed = createSnapshotFeed({
    read: (request) => source.readSnapshot(request),
    frames,
    onSnapshot(next, accountChanged, changed) {
      // The edits of another account are not for this one to see, and cannot be saved any more (G10).
      if (accountChanged) overlay.remove([...overlay.entries()].map(({ edit }) => edit.id))
      records.changed(changedBy(next, accountChanged, changed))
      pending.snapshotChanged(accountChanged)
      changes.changed()
      faultEvents.changed(accountChanged)
      settlements.settled(next.fates)
      opened()
    },
    onAdvance(saved) {
      for (const { key, edits } of saved) {
        const name = recordName(key)
        // As a rule the view of an observed lane stays as it is.
        if (!feed.lane(name) || !areFirstOf(overlay.entries(name), edits)) records.changed([name])
        else records.placed(name)
        overlay.remove(edits.map(({ id }) => id))
      }
      changes.changed()
    },
  })
  const shownFaults = createShownFaults(source.ids)
  const changedBy = createChangedNames({ overlay, shownFaults, listed: feed.listed, ids: source.ids })
  const records = createRecords({ changes, feed, overlay, account, faults: () => shownFaults.open, ids: source.ids })
  const pending = createPendingList({
    changes,
    overlay,
    read: (by) => source.readPending(by),
    ids: source.ids,
    snapshot,
    sending: () => sender.sending,
    held: () => !!(holdOf(snapshot(), sender) ?? snapshot()?.session?.expired),
    isUnavailable,
  })
  const open$ = createLiveValue(changes, 'faults', () => shownFaults.open)
  const faultEvents = createFaultEvents(open$)
  const settlements = createSettlements({ ...createEndReader(source, feed, opening), accepted: source.accepted })

  const removed = (entries: readonly LaidOver[]): void => {
    if (!entries.length) return
    const names = new Set(entries.map(({ name }) => name))
    records.changed(names)
    // Only the streams that show these edits are notified.
    changes.changed(...names, ...new Set(entries.map(({ key }) => listTopic(key.collection))), statusTopic)
  }

  if (source.ownRecord) feed.observe(source.ownRecord)
  return {
    feed,
    overlay: {
      add(key, edit, replaces, name = recordName(key), after?) {
        const entry = overlay.add(key, name, edit, replaces, after)
        const view = records.added(entry)
        pending.added(entry)
        settlements.expected(entry)
        changes.changed(name, listTopic(key.collection), statusTopic)
        return { view, entry }
      },
      entries: overlay.entries,
      found: (editIds) => removed(overlay.remove(editIds)),
      drop(editIds) {
        const dropped = overlay.remove(editIds)
        pending.dropped(dropped)
        removed(dropped)
        changes.changed(pendingTopic)
        settlements.dropped(editIds)
      },
    },
    session$: createLiveValue(changes, 'session', () => sessionState(snapshot(), isUnavailable(), source.named)),
    status$: createLiveValue(changes, statusTopic, () => statusOf(snapshot(), overlay, sender, isUnavailable())),
    storage$: createLiveValue(changes, 'storage', () => storage),
    pending$: pending.pending$,
    faults: { open$, events$: faultEvents.events$ },
    trace,
    lists: { changes, feed, overlay, records, faults: () => shownFaults.open },
    record: records.record,
    state: records.state,
    objection: records.objection,
    settlement: settlements.settlement,
    settlementOf: settlements.settlementOf,
    committed(commit) {
      pending.saved(commit)
      feed.advance(commit)
      const ids = (commit.saved ?? []).flatMap(({ edits }) => edits.map(({ id }) => id))
      removed(overlay.saved(ids, commit.to, snapshot()?.version ?? -1))
    },
    senderChanged(next) {
      sender = next
      frames.sending(next.sending)
      changes.changed(statusTopic, pendingTopic)
    },
    storageChanged(next) {
      storage = next
      changes.changed()
      // Nothing is known of any edit, and nothing ever will be.
      if (isUnavailable()) opened()
    },
    lost(idle) {
      feed.lost()
      void idle.then(settlements.recheck)
    },
    close() {
      frames.sending(false)
      changes.close()
      faultEvents.close()
      trace.close()
      settlements.close()
      opened()
    },
  }
}
