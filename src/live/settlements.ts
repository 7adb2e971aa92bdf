import type { Fault } from '../model/fault.js'
import { deepFreeze } from '../model/freeze.js'
import type { Properties, RecordKey } from '../model/record.js'
import type { FateRow } from '../store/rows.js'

/** What became of an edit. `unknown`: never seen, settled too long ago, or the client was closed before. */
export type Settlement =
  /** `user`: the record as the backend now has it; empty if it is not on this device any more. */
  | { readonly outcome: 'accepted'; readonly user: Properties }
  | { readonly outcome: 'rejected'; readonly fault: Fault }
  | { readonly outcome: 'discarded' }
  | { readonly outcome: 'unknown' }

export interface SettlementSource {
  /** Looks an edit up, once it is known who is logged in. */
  readFate(editId: string): Promise<FateRow | 'pending' | undefined>
  /** A fault of the account, if that is still the one that is logged in (G10). */
  readFault(account: string, faultId: string): Promise<Fault | undefined>
  /** The confirmed state of the account's record, its own one without a key; on the same condition. */
  readBase(account: string, key: RecordKey | undefined): Promise<Properties | undefined>
  /** The record of an edit that is laid over, and so is known to be pending. */
  laidOver(editId: string): RecordKey | undefined
}

export interface Settlements {
  /** The same promise for the same edit until it resolves; it never rejects. */
  settlement(editId: string): Promise<Settlement>
  /** A new snapshot has brought these fates. */
  settled(fates: readonly FateRow[]): void
  /** These were never saved. */
  dropped(editIds: Iterable<string>): void
  close(): void
}

interface Waiting {
  promise: Promise<Settlement>
  resolve(settlement: Settlement): void
  /** Unknown for an edit of an earlier visit, which is taken to be of the account's own record. */
  key: RecordKey | undefined
}

const unknown: Settlement = Object.freeze({ outcome: 'unknown' })

export function createSettlements({ readFate, readFault, readBase, laidOver }: SettlementSource): Settlements {
  const waitingById = new Map<string, Waiting>()
  // Looked up in vain, since storage had trouble: asked for again at the next snapshot, which says that it is over.
  let unsure: string[] = []
  let closed = false

  const finish = (editId: string, settlement: Settlement): void => {
    waitingById.get(editId)?.resolve(settlement)
    waitingById.delete(editId)
  }

  async function conclude(fate: FateRow): Promise<void> {
    const ids = fate.editIds.filter((id) => waitingById.has(id))
    if (!ids.length) return
    try {
      const settlement = await settlementOf(fate, waitingById.get(ids[0]!)?.key)
      for (const id of ids) finish(id, settlement)
    } catch {
      unsure.push(...ids)
    }
  }

  /** The edits of one fate are of one record. */
  async function settlementOf({ account, outcome, faultId }: FateRow, key: RecordKey | undefined): Promise<Settlement> {
    if (outcome === 'accepted') return deepFreeze({ outcome, user: (await readBase(account, key)) ?? {} })
    if (outcome === 'discarded') return { outcome }
    const fault = faultId === undefined ? undefined : await readFault(account, faultId)
    // A fault that was resolved since is gone, and with it all that could be told.
    return fault ? deepFreeze({ outcome, fault }) : unknown
  }

  async function lookUp(editId: string): Promise<void> {
    try {
      const fate = await readFate(editId)
      if (!fate) finish(editId, unknown)
      else if (fate !== 'pending') await conclude(fate)
    } catch {
      unsure.push(editId)
    }
  }

  return {
    settlement(editId) {
      const known = waitingById.get(editId)
      if (known) return known.promise
      if (closed) return Promise.resolve(unknown)
      const key = laidOver(editId)
      const { promise, resolve } = withResolvers<Settlement>()
      waitingById.set(editId, { promise, resolve, key })
      if (!key) void lookUp(editId)
      return promise
    },
    settled(fates) {
      for (const fate of fates) void conclude(fate)
      const again = unsure
      unsure = []
      for (const editId of again) if (waitingById.has(editId)) void lookUp(editId)
    },
    dropped(editIds) {
      for (const editId of editIds) finish(editId, unknown)
    },
    close() {
      closed = true
      for (const editId of [...waitingById.keys()]) finish(editId, unknown)
    },
  }
}

/** `Promise.withResolvers`, which Node 20 and older browsers lack. */
function withResolvers<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}
