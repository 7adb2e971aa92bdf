/** Longest pattern that is taken. */
export const longestPattern = 1000

/**
 * Whether `path` is as `pattern` says, in which a `*` stands for anything. Takes the first place for each part, in one pass: a
 * regular expression of many `.*` would try all of them, for hours.
 */
export function isPathLike(pattern: string, path: string): boolean {
  const parts = pattern.split('*')
  const [first, last] = [parts[0]!, parts.at(-1)!]
  if (parts.length === 1) return path === pattern
  const end = path.length - last.length
  if (end < first.length || !path.startsWith(first) || !path.endsWith(last)) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = path.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= end
}
