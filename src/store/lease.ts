// The right to send, as a row (R13). The row is the truth: the context that raises its epoch has deposed all before.
import { isLike } from '../model/shape.js'
import { type Database, type MetaRow, type Tables, unchanged } from './database.js'
import type { LeaseRow } from './rows.js'
import { leaseShape } from './sound.js'

/** The row, or, if it cannot be read, a row of nobody's with an epoch that no lease had before. */
export function leaseIn(row: unknown, nowMs: number): LeaseRow | undefined {
  return (row === undefined || isLike(row, leaseShape) ? row : { epoch: nowMs }) as LeaseRow | undefined
}

/** The silence after which a holder counts as gone: longer while its page is visible. */
const silentMs = 90_000
const silentHiddenMs = 10_000

export interface LeaseClaim {
  holder: string
  nowMs: number
  hidden: boolean
  /** The claimant has the Web Lock: a holder that had it is gone. */
  locked: boolean
  /** The time when the claimant last heard that the holder is alive, or began to listen. */
  lastSeenAtMs: number
  /** The holder has left the question whether it is alive unanswered. */
  isMute: boolean
  /** The holder of this epoch has said that it let it go. */
  releasedEpoch: number | undefined
}

/** The epoch, when the claim is granted (`movesEdits`: of lanes that may have been looked at already); else the time at which the next claim is worth a try. */
export type Granted = { epoch: number; movesEdits?: true } | { againAtMs: number }

/**
 * Whether the lease is the claimant's, by its row: free, its own, of a holder that is gone, or of one that has been silent
 * too long. `row`: the row to write with it, if another one is due.
 */
export function grantLease(row: LeaseRow | undefined, claim: LeaseClaim): { granted: Granted; row?: LeaseRow } {
  const { holder, nowMs, hidden, locked, isMute, releasedEpoch } = claim
  if (row && row.holder === holder && row.locked === locked) return { granted: { epoch: row.epoch } }
  const isTaken = row?.holder && row.holder !== holder && !(locked && row.locked) && row.epoch !== releasedEpoch
  const againAtMs = isTaken ? silentAtMs(row, claim) : 0
  const isSilent = againAtMs <= nowMs && (!isTaken || isMute)
  if (!isSilent) return { granted: { againAtMs } }
  // An epoch of a lost database is never one of the next database, since there are fewer claims than milliseconds.
  const epoch = (row?.epoch ?? nowMs) + 1
  return { granted: { epoch }, row: { key: 'lease', epoch, holder, beatAtMs: nowMs, hidden, locked } }
}

/** Writes that the holder of `epoch` is alive. `false`: it has been deposed. */
export async function beatLease(
  db: Database,
  epoch: number,
  beat: { nowMs: number; hidden: boolean },
): Promise<boolean> {
  let held = false
  await db.write(async (tables) => {
    const row = (await tables.meta.get('lease')) as LeaseRow | undefined
    held = row?.epoch === epoch
    if (held) await putLease(tables, { ...row!, beatAtMs: beat.nowMs, hidden: beat.hidden })
    return unchanged
  }, 'upkeep')
  return held
}

/** Gives the lease back. Of no effect when another context has taken it meanwhile. */
export async function freeLease(db: Database, epoch: number): Promise<void> {
  await db.write(async (tables) => {
    const row = (await tables.meta.get('lease')) as LeaseRow | undefined
    if (row?.epoch === epoch) await putLease(tables, { ...row, holder: '' })
    return unchanged
  }, 'upkeep')
}

function silentAtMs(row: LeaseRow, { nowMs, lastSeenAtMs }: LeaseClaim): number {
  // A beat from the future was written before the clock was set back: it proves nothing.
  const beatAtMs = row.beatAtMs > nowMs ? 0 : row.beatAtMs
  return Math.max(beatAtMs, lastSeenAtMs) + (row.hidden ? silentHiddenMs : silentMs)
}

export function putLease({ meta }: Pick<Tables, 'meta'>, row: LeaseRow): Promise<void> {
  return meta.put([row as unknown as MetaRow])
}
