// Pure: the next act of the sender.

/** The seven facts that decide it. */
export interface Situation {
  isClosed: boolean
  /** Plans and answers that no transaction has written yet. */
  undecided: number
  /** Each lane was looked at since the last reason to look again. */
  roundIsOver: boolean
  /** The page may be frozen at any moment: the sender begins nothing new. */
  isFrozen: boolean
  /** Lanes that were found and not planned yet. */
  found: number
  /** There is a place for one more lane. */
  hasRoom: boolean
  /** Requests under way: their answers wake the loop. */
  asking: number
}

/** `rest`: nothing is left to do before the next wake-up. */
export type Act = 'end' | 'write' | 'look' | 'await' | 'rest'

export function nextAct(at: Situation): Act {
  if (at.isClosed) return 'end'
  // First: answers and plans share a transaction (R2).
  if (at.undecided) return 'write'
  if (!at.roundIsOver && !at.isFrozen && !at.found && at.hasRoom) return 'look'
  return at.asking ? 'await' : 'rest'
}
