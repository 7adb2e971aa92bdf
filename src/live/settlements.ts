import { opOf } from '../model/edit.js'
import type { Fault } from '../model/fault.js'
import { deepFreeze } from '../model/freeze.js'
import type { Operation, Properties, RecordKey, State } from '../model/record.js'
import type { FateRow } from '../store/rows.js'
import type { LaidOver } from './overlay.js'

/**
 * The end of an edit. `unknown`: never seen, settled too long ago, lost with its database, or the client was closed before.
 * `T`: the record's type.
 */
export type Settlement<T = any, F = Fault<T>> =
  | ({
      readonly outcome: 'accepted'
      /** The record as the backend has it after the edit; `null`: it does not exist, or is not on this device any more. */
      readonly value: T | null
      /** The backend's id of a record that the backend has named. */
      readonly remoteId?: string | number
    } & SettledEdit)
  | ({
      readonly outcome: 'rejected'
      /** The fault that the edit became, as it was then: the app may have resolved it since. */
      readonly fault: F
    } & SettledEdit)
  | ({ readonly outcome: 'discarded' } & SettledEdit)
  | { readonly outcome: 'unknown' }

/** The record of an edit that has settled, and the edit's operation. Absent where an earlier version, or a logout, ended it. */
export interface SettledEdit {
  readonly key?: RecordKey
  readonly op?: Operation
}

export interface SettlementSource {
  /** Looks an edit up, once it is known who is logged in. */
  readFate(editId: string): Promise<FateRow | 'pending' | undefined>
  /** A fault of the account, if that account is still logged in (G10). */
  readFault(account: string, faultId: string): Promise<Fault | undefined>
  /** The confirmed state of the account's record, its own one without a key; on the same condition. */
  readBase(account: string, key: RecordKey | undefined): Promise<State>
  /** The backend's id of a record that it has named. */
  remoteIdOf(account: string, key: RecordKey): string | number | undefined
  /** Further members of an accepted settlement. */
  accepted?: ((value: Properties | null, key: RecordKey | undefined) => object) | undefined
}

export interface Settlements {
  /** An edit of this tab is on its way: until its fate comes, no lookup is needed. */
  expected(entry: LaidOver): void
  /** Its settlement, however long ago that was. */
  settlementOf(entry: LaidOver): Promise<Settlement>
  /** The same promise for the same edit until it resolves; it never rejects. */
  settlement(editId: string): Promise<Settlement>
  /** A new snapshot has brought these fates. */
  settled(fates: readonly FateRow[]): void
  /** These edits were never saved. */
  dropped(editIds: Iterable<string>): void
  /** The database is another one: each edit without a known fate is looked up there. */
  recheck(): void
  close(): void
}

interface Waiting {
  promise: Promise<Settlement>
  resolve(settlement: Settlement): void
}

const unknown: Settlement = Object.freeze({ outcome: 'unknown' })

export function createSettlements({
  readFate,
  readFault,
  readBase,
  remoteIdOf,
  accepted,
}: SettlementSource): Settlements {
  const waitingById = new Map<string, Waiting>()
  // This tab's edits. An edit that an earlier version of the library settled counts as one of the account's own record.
  const expectedById = new Map<string, LaidOver>()
  // The lookup failed, since storage had trouble. The next snapshot shows that the trouble is over, and repeats it.
  let unsure: string[] = []
  let closed = false

  const finish = (editId: string, settlement: Settlement): void => {
    waitingById.get(editId)?.resolve(settlement)
    waitingById.delete(editId)
  }

  async function conclude(fate: FateRow): Promise<void> {
    const ids = fate.editIds.filter((id) => waitingById.has(id))
    const entries = new Map<string, LaidOver>()
    for (const id of fate.editIds) {
      const entry = expectedById.get(id)
      if (!entry) continue
      entry.fate = fate
      entries.set(id, entry)
      expectedById.delete(id)
    }
    if (!ids.length) return
    try {
      // A logout can end edits of several records by one fate.
      const shared = fate.key && (await made(fate, undefined))
      for (const id of ids) finish(id, shared ?? (await made(fate, entries.get(id))))
    } catch {
      unsure = [...unsure, ...ids]
    }
  }

  /** The fate names the record in whose lane the edit was: the app may have named that one by the backend's id. */
  async function made(fate: FateRow, entry: LaidOver | undefined): Promise<Settlement> {
    const { account, outcome, faultId } = fate
    const key = fate.key ?? entry?.key
    const op = opOf(fate.key || !entry ? fate : entry.edit)
    const named = key && { key: { collection: key.collection, id: key.id }, op }
    if (outcome === 'accepted') {
      const value = (await readBase(account, key)) ?? null
      const remoteId = key && value ? remoteIdOf(account, key) : undefined
      return deepFreeze({
        outcome,
        value,
        ...named,
        ...(remoteId !== undefined && { remoteId }),
        ...accepted?.(value, key),
      })
    }
    if (outcome === 'discarded') return deepFreeze({ outcome, ...named })
    const fault = faultId === undefined ? undefined : await readFault(account, faultId)
    // A fault that was resolved since is gone, and all knowledge of the refusal with it.
    return fault ? deepFreeze({ outcome, fault, ...named }) : unknown
  }

  async function lookUp(editId: string): Promise<void> {
    try {
      const fate = await readFate(editId)
      if (!fate) dropped([editId])
      else if (fate !== 'pending') await conclude(fate)
    } catch {
      unsure.push(editId)
    }
  }

  const settlement: Settlements['settlement'] = (editId) => {
    const known = waitingById.get(editId)
    if (known) return known.promise
    // An app without types may pass any value.
    if (closed || typeof editId !== 'string') return Promise.resolve(unknown)
    let resolve!: Waiting['resolve']
    const promise = new Promise<Settlement>((settle) => (resolve = settle))
    waitingById.set(editId, { promise, resolve })
    if (!expectedById.has(editId)) void lookUp(editId)
    return promise
  }

  const dropped: Settlements['dropped'] = (editIds) => {
    for (const editId of editIds) {
      expectedById.delete(editId)
      finish(editId, unknown)
    }
  }

  return {
    expected: (entry) => void expectedById.set(entry.edit.id, entry),
    settlementOf(entry) {
      const { fate, edit } = entry
      return fate ? made(fate, entry).catch(() => settlement(edit.id)) : settlement(edit.id)
    },
    settlement,
    settled(fates) {
      for (const fate of fates) void conclude(fate)
      const again = unsure
      unsure = []
      for (const editId of again) if (waitingById.has(editId)) void lookUp(editId)
    },
    dropped,
    recheck() {
      for (const editId of new Set([...expectedById.keys(), ...waitingById.keys()])) void lookUp(editId)
    },
    close() {
      closed = true
      for (const editId of waitingById.keys()) finish(editId, unknown)
    },
  }
}
