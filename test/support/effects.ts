/** One entry of the server's log of applied updates, as far as tests judge by it. */
export interface AppliedValues {
  readonly applied: { readonly [property: string]: unknown }
}

/**
 * The effects of the updates, by property: the values in the order of applying. The same value applied again with nothing
 * between is one effect: a browser repeats a PUT by itself when its connection drops.
 */
export function effectsOf(log: readonly AppliedValues[]): { [property: string]: unknown[] } {
  const effects: { [property: string]: unknown[] } = {}
  for (const { applied } of log) {
    for (const [property, value] of Object.entries(applied)) {
      const values = (effects[property] ??= [])
      if (!values.length || values.at(-1) !== value) values.push(value)
    }
  }
  return effects
}
