import { Observable } from 'rxjs'
import { type MadeEdit, opOf, type QueuedEdit } from '../model/edit.js'
import { type Json, type Operation, type Patch, type RecordKey, recordName } from '../model/record.js'
import type { Commit } from '../store/commit.js'
import type { StoredLane } from '../store/rows.js'
import type { Snapshot } from '../store/snapshot-data.js'
import { coalesce } from './coalesce.js'
import { type Changes, createLiveValue } from './live-value.js'
import type { LaidOver, Overlay } from './overlay.js'
import type { IdSpace } from './record.js'

/** An edit that is not settled. */
export interface PendingEdit {
  /** As `Edit.id`. */
  readonly id: string
  /** The record that it changes. */
  readonly key: RecordKey
  /** The operation as it is stored. */
  readonly op: Operation
  /** The changes, as they are stored; of a deletion none. */
  readonly patch: Patch
  /** The option `meta` of the call that made it; undefined: it had none. */
  readonly meta: Json | undefined
  /** The refused edit that it repeats, by `faults.retry` or `amend`. */
  readonly retryOf: string | undefined
  /** `sending`: its request is out. `held`: nothing is sent until the session or the configuration is mended. */
  readonly state: 'queued' | 'sending' | 'held'
  /** The requests that carried it, or would have carried it. */
  readonly attempts: number
  /** When the person made the edit, in ms since 1970. */
  readonly atMs: number
  /** The records whose edits go first: it names one that is not made yet, or it waits for it (`after`). Absent: none. */
  readonly waitsFor?: readonly RecordKey[]
}

/** Observers of the list watch this. */
export const pendingTopic = 'pending'

export interface PendingSource {
  changes: Changes
  overlay: Overlay
  /** Every lane of the account with pending edits. */
  read(account: string): Promise<StoredLane[]>
  ids?: Pick<IdSpace, 'refsIn' | 'keyHere'> | undefined
  snapshot(): Snapshot | undefined
  sending(): boolean
  held(): boolean
  /** There is no database, so nothing is pending. */
  isUnavailable(): boolean
}

export interface PendingList {
  readonly pending$: Observable<readonly PendingEdit[]>
  added(entry: LaidOver): void
  dropped(entries: readonly LaidOver[]): void
  /** Edits of this tab are on disk. */
  saved(commit: Commit): void
  /** A new snapshot is in place: the pending edits have to be read again. */
  snapshotChanged(accountChanged: boolean): void
}

/** In the order of saving. Read only while somebody subscribes; until it has been read, subscribers wait. */
export function createPendingList(source: PendingSource): PendingList {
  const { changes, overlay, read, snapshot, sending, held, isUnavailable } = source
  let lanes: StoredLane[] | undefined
  let observed = false
  let telling = false
  // Edits of this tab that the lanes lack, since they were saved after the lanes were read. They outlast the overlay, which
  // goes by the snapshot and not by this list.
  let newer = new Map<string, LaidOver>()

  const account = (): string | undefined => snapshot()?.session?.account

  const refresh = coalesce(async () => {
    if (!observed || !snapshot()) return
    const by = account()
    const included = [...newer.values()].filter(({ edit, seq }) => seq !== undefined || !overlay.find(edit.id))
    const answer = by === undefined ? [] : await read(by)
    if (!observed || by !== account()) return
    lanes = answer
    for (const { edit } of included) newer.delete(edit.id)
    changes.changed(pendingTopic)
  })
  // As for snapshots: the reader reports the trouble.
  const refreshLater = (): void => void refresh().catch(() => {})

  function build(): readonly PendingEdit[] {
    const state = held() ? 'held' : 'queued'
    const items: { item: PendingEdit; seq: number }[] = []
    const order = orderOf(lanes ?? [], [...newer.values()], source.ids, account() ?? '')
    const add = (
      seq: number,
      { collection, id: recordId }: RecordKey,
      { id, op = 'update', patch, meta, retryOf, atMs, awaits }: MadeEdit & Pick<QueuedEdit, 'awaits'>,
      part: Pick<PendingEdit, 'state' | 'attempts'>,
    ): void => {
      const key = { collection, id: recordId }
      const waitsFor = order.of(key, patch, awaits)
      items.push({
        seq,
        item: { id, key, op, patch, meta, retryOf, ...part, atMs, ...(waitsFor.length && { waitsFor }) },
      })
    }
    const stored = new Set<string>()
    const replaced = new Set([...newer.values()].map(({ replaces }) => replaces))
    for (const { key, row, edits, seqs } of lanes ?? []) {
      const attempted = new Set(row.attempt?.editIds)
      edits.forEach((edit, index) => {
        stored.add(edit.id)
        const isAttempted = attempted.has(edit.id)
        if (replaced.has(edit.id) && !isAttempted) return
        add(seqs![index]!, key, edit, {
          state: isAttempted && sending() ? 'sending' : state,
          attempts: isAttempted || index === 0 ? row.tries : 0,
        })
      })
    }
    for (const { key, edit, seq = Infinity, after } of newer.values()) {
      if (stored.has(edit.id) || replaced.has(edit.id)) continue
      const awaits = after?.map((one) => ({ ...one, seq: order.placeOf(edit.id) }))
      add(seq, key, { awaits, ...edit }, { state, attempts: 0 })
    }
    // By the version that saved it, and not by time, since clocks are set back. Edits that are not saved yet come last, in
    // the order of their calls.
    return items.sort((a, b) => a.seq - b.seq).map(({ item }) => item)
  }

  const observe = (on: boolean): void => {
    observed = on
    if (on) {
      newer = new Map([...overlay.entries()].map((entry) => [entry.edit.id, entry]))
      refreshLater()
    } else {
      lanes = undefined
      newer.clear()
    }
  }
  const list$ = createLiveValue<readonly PendingEdit[]>(changes, pendingTopic, build, {
    observed: observe,
    ready: () => !!lanes || isUnavailable(),
  })

  return {
    // Without its `value`, which would be of no definite time.
    pending$: new Observable((subscriber) => list$.subscribe(subscriber)),
    added(entry) {
      if (!observed) return
      newer.set(entry.edit.id, entry)
      // A burst of edits is one emission, since each list is as long as the queue.
      if (telling) return
      telling = true
      void Promise.resolve().then(() => {
        telling = false
        changes.changed(pendingTopic)
      })
    },
    dropped: (entries) => entries.forEach(({ edit }) => newer.delete(edit.id)),
    saved({ saved = [], to: seq }) {
      for (const edit of observed ? saved.flatMap(({ edits }) => edits) : []) {
        const entry = newer.get(edit.id)
        if (entry) newer.set(edit.id, { ...entry, edit, seq })
      }
    },
    snapshotChanged(accountChanged) {
      if (accountChanged) {
        // Another account's edits are gone from this list before its own are read (G10).
        lanes &&= []
        newer.clear()
      }
      if (observed) refreshLater()
    },
  }
}

/** The records for which an edit waits, by the pending edits of all lanes. */
function orderOf(
  lanes: readonly StoredLane[],
  newer: readonly LaidOver[],
  ids: PendingSource['ids'],
  account: string,
): {
  of(key: RecordKey, patch: Patch, awaits: QueuedEdit['awaits']): RecordKey[]
  /** Of an edit that the lanes lack: before it lie those that were made earlier. */
  placeOf(editId: string): number
} {
  const creating = new Set<string>()
  const firstSeqs = new Map<string, number>()
  for (const { key, edits, seqs } of lanes) {
    const name = recordName(key)
    if (edits.some((edit) => opOf(edit) === 'create')) creating.add(name)
    firstSeqs.set(name, seqs?.[0] ?? Infinity)
  }
  const placeOf = (editId: string): number => 2 ** 52 + newer.findIndex(({ edit }) => edit.id === editId)
  for (const { name, edit, seq = placeOf(edit.id) } of newer) {
    if (opOf(edit) === 'create') creating.add(name)
    if (!firstSeqs.has(name)) firstSeqs.set(name, seq)
  }
  return {
    of(key, patch, awaits = []) {
      const own = recordName(key)
      const named = creating.size
        ? (ids?.refsIn(key.collection, patch) ?? []).filter((ref) => creating.has(recordName(ref)))
        : []
      const awaited = awaits.flatMap(({ seq, ...one }) => {
        const there = ids?.keyHere({ ...one, account }) ?? one
        return (firstSeqs.get(recordName(there)) ?? Infinity) <= seq ? there : []
      })
      const byName = new Map(
        [...named, ...awaited].map(({ collection, id }) => [recordName({ collection, id }), { collection, id }]),
      )
      byName.delete(own)
      return [...byName.values()]
    },
    placeOf,
  }
}
