/**
 * An invariant of this library does not hold, which is a defect of the library. The comment beside the assertion states the invariant.
 * Never shown to an app as an error: the sender holds the lane and tells `trace$` (`broken`).
 */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
  /** The invariant's number: S of the sender, L of a lane, T of the lease. */
  declare readonly invariant: string
  /** The name of what is wrong; never a value of the person's (G11). */
  declare readonly about: string
  constructor(invariant: string, about: string) {
    super(`Invariant ${invariant} does not hold: ${about}`)
    this.invariant = invariant
    this.about = about
  }
}

/** Throws an `InvariantError` unless the invariant holds. In production too: a lane that is held is mended by an update, a lost edit is not. */
export function assert(holds: unknown, invariant: string, about: string): asserts holds {
  if (!holds) throw new InvariantError(invariant, about)
}
