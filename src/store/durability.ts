// Pure: the transactions that wait for the disk (G1, G3, R15). Chromium's LevelDB does not flush what was written relaxed when it changes its
// log, so a power cut can take a relaxed transaction back and leave later ones, strict or not (google/leveldb#193). A kind is relaxed only
// if any of its transactions can be missing: its rows lie in no count, and it can be had again.

export type Kind = 'edit' | 'decision' | 'session' | 'sending' | 'rules' | 'clue' | 'move' | 'upkeep' | 'pull' | 'room'

/** Each kind of writing transaction, and whether its caller hears of it only once it is on the disk. */
export const durabilities: { readonly [kind in Kind]: 'strict' | 'relaxed' } = {
  /** A person's edit is nowhere else. */
  edit: 'strict',
  /** Nobody asks the person a second time: about a fault, or an edit that was taken back. */
  decision: 'strict',
  /** A login, a logout, or a session's end rules whose edits are shown and sent (G10). */
  session: 'strict',
  /**
   * Attempts, settlements, and claims of the lease. Without its attempt a request looks as if it had not been sent, and a late copy of it
   * comes unnoticed (R2, R3). A settlement changes the counts of edits and faults: missing below a later save, it would leave an edit out
   * of them, or let an older value go out after a newer one (G4).
   */
  sending: 'strict',
  /** The rules by which a worker sends while no page is open. */
  rules: 'strict',
  /** A list may show only once what became of a creation (R21). */
  clue: 'strict',
  /** Rows of an older address, whose database is deleted next. */
  move: 'strict',
  /** A sign of life, the lease given back, a record as the backend showed it, columns, fates: could be relaxed, which saved no flush. */
  upkeep: 'strict',
  /** Records as a list showed them: the next pull asks again (R23), but for the gap that `docs/performance.md` tells of. */
  pull: 'relaxed',
  /** Cached records that are dropped for want of room: they come back, and go again. */
  room: 'relaxed',
}
