/**
 * The options of a call; no options are all absent. Throws a `TypeError` for one that the call does not have: a misspelt
 * option would else change nothing, in silence.
 */
export function knownOptions<O extends object>(
  options: O | null | undefined,
  names: readonly (O extends unknown ? keyof O : never)[],
): O | Record<string, never> {
  for (const name of Object.keys(options ?? {}))
    if (!(names as readonly string[]).includes(name))
      throw new TypeError(`There is no option "${name}"; there are: ${names.join(', ')}`)
  return options ?? {}
}
