/**
 * Where a fetch that fails when it is told to (`lossy` of `holdfast/testing`) announces its controls, and the client that was opened
 * with it hands them on. Of the registry of symbols, so that two copies of the library agree on it.
 */
export const netControls: unique symbol = Symbol.for('holdfast.net')

/** The controls of this fetch, as members of another object. */
export function controlsOf(fetch: object): object {
  return netControls in fetch ? { [netControls]: fetch[netControls] } : {}
}
