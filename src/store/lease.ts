// The right to send, as a row (R13). The row is the truth: whoever raises its epoch has deposed all before.
import { type Database, type MetaRow, unchanged } from './database.js'
import type { LeaseRow } from './rows.js'

/** How long a holder may be silent before it is taken for gone: longer while its page is visible. */
const silentMs = 90_000
const silentHiddenMs = 10_000

export interface LeaseClaim {
  holder: string
  nowMs: number
  hidden: boolean
  /** The claimant has the Web Lock: a holder that had it is gone. */
  locked: boolean
  /** When the claimant last heard that the holder is alive, or began to listen. */
  heardAtMs: number
  /** The holder has left the question whether it is alive unanswered. */
  isMute: boolean
  /** Whoever held this epoch has said that it let it go. */
  releasedEpoch: number | undefined
}

/** The epoch, when the claim is granted; else when it is worth claiming again. */
export type Granted = { epoch: number } | { againAtMs: number }

/** Claims the lease in one transaction: free, one's own, of a holder that is gone, or of one that has been silent too long. */
export async function claimLease(db: Database, claim: LeaseClaim): Promise<Granted> {
  const { holder, nowMs, hidden, locked, isMute, releasedEpoch } = claim
  let granted!: Granted
  await db.write(async (tables) => {
    const row = (await tables.meta.get('lease')) as LeaseRow | undefined
    if (row && row.holder === holder && row.locked === locked) granted = { epoch: row.epoch }
    else {
      const isTaken = row?.holder && row.holder !== holder && !(locked && row.locked) && row.epoch !== releasedEpoch
      const againAtMs = isTaken ? silentAtMs(row, claim) : 0
      const isSilent = againAtMs <= nowMs && (!isTaken || isMute)
      const epoch = (row?.epoch ?? 0) + 1
      granted = isSilent ? { epoch } : { againAtMs }
      if ('epoch' in granted) await put(tables, { key: 'lease', epoch, holder, beatAtMs: nowMs, hidden, locked })
    }
    return unchanged
  })
  return granted
}

/** Says that the holder of `epoch` is alive. `false`: it has been deposed. */
export async function beatLease(
  db: Database,
  epoch: number,
  beat: { nowMs: number; hidden: boolean },
): Promise<boolean> {
  let held = false
  await db.write(async (tables) => {
    const row = (await tables.meta.get('lease')) as LeaseRow | undefined
    held = row?.epoch === epoch
    if (held) await put(tables, { ...row!, beatAtMs: beat.nowMs, hidden: beat.hidden })
    return unchanged
  })
  return held
}

/** Gives the lease back. Of no effect when it has been taken meanwhile. */
export async function freeLease(db: Database, epoch: number): Promise<void> {
  await db.write(async (tables) => {
    const row = (await tables.meta.get('lease')) as LeaseRow | undefined
    if (row?.epoch === epoch) await put(tables, { ...row, holder: '' })
    return unchanged
  })
}

function silentAtMs(row: LeaseRow, { nowMs, heardAtMs }: LeaseClaim): number {
  // A beat from the future was written before the clock was set back: it says nothing.
  const beatAtMs = row.beatAtMs > nowMs ? 0 : row.beatAtMs
  return Math.max(beatAtMs, heardAtMs) + (row.hidden ? silentHiddenMs : silentMs)
}

function put(tables: { meta: { put(row: MetaRow): PromiseLike<unknown> } }, row: LeaseRow): PromiseLike<unknown> {
  return tables.meta.put(row as unknown as MetaRow)
}
