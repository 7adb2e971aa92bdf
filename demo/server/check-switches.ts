/** For each switch the values that it takes, or that it is a number of seconds. */
export type SwitchValues<Switches> = { readonly [Name in keyof Switches]: readonly Switches[Name][] | 'seconds' }

/**
 * Checks switches from outside; throws an `Error` that names the switch (as `called` names it), its value and the allowed
 * values.
 */
export function checkGivenSwitches<Switches>(
  allowed: SwitchValues<Switches>,
  given: Readonly<Record<string, unknown>>,
  called = (name: string): string => `The switch "${name}"`,
): Partial<Switches> {
  for (const [name, value] of Object.entries(given)) {
    const values: readonly unknown[] | 'seconds' | undefined = Object.hasOwn(allowed, name)
      ? allowed[name as keyof Switches]
      : undefined
    if (values === undefined) {
      throw new Error(`There is no switch "${name}": use one of ${Object.keys(allowed).join(', ')}`)
    }
    const right = values === 'seconds' ? typeof value === 'number' && value > 0 : values.includes(value)
    if (!right) {
      const wanted = values === 'seconds' ? 'a number of seconds above 0' : values.join(' or ')
      throw new Error(`${called(name)} cannot be ${JSON.stringify(value)}: use ${wanted}`)
    }
  }
  return given as Partial<Switches>
}
