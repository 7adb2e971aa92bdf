/**
 * An invariant of this library does not hold, which is a defect of the library. The comment beside the assertion states the
 * invariant. No app ever gets this error: the sender holds the lane and reports it in `trace$` (`broken`).
 */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
  /** The invariant's number: S of the sender, L of a lane, T of the lease. */
  declare readonly invariant: string
  /** A name for the defect; never a value of the person's (G11). */
  declare readonly about: string
  constructor(invariant: string, about: string) {
    super(`Invariant ${invariant} does not hold: ${about}`)
    this.invariant = invariant
    this.about = about
  }
}

/**
 * Throws an `InvariantError` unless the invariant holds. In production too: an update mends a lane that is held, nothing
 * mends a lost edit.
 */
export function assert(holds: unknown, invariant: string, about: string): asserts holds {
  if (!holds) throw new InvariantError(invariant, about)
}
