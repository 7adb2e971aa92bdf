import { Problem } from './problem.js'
import type { Precondition } from './write-record.js'
import type { RestSwitches } from './switches.js'

/** The ETag of a record's version; `undefined` where the switches have none. */
export function etagOf(change: number, { versions }: RestSwitches): string | undefined {
  if (versions === 'off') return undefined
  return versions === 'weak' ? `W/"${change}"` : `"${change}"`
}

/**
 * The precondition that `If-Match` is (RFC 9110, section 13.1.1): a list of tags, one of which is the record's, or `*`. A weak
 * tag matches nothing. Throws the problem of a missing or unreadable one.
 */
export function ifMatch(header: string | undefined, switches: RestSwitches): Precondition {
  const { versions } = switches
  if (versions === 'ignored' || versions === 'off') return () => {}
  if (header === undefined) {
    if (switches.ifMatch === 'optional') return () => {}
    throw new Problem(
      428,
      'condition-missing',
      'This request needs If-Match, with the ETag that the record was read with',
    )
  }
  if (header.trim() === '*') return () => {}
  const tags = tagsIn(header)
  return ({ change }) => {
    if (tags.some(({ isWeak, tag }) => !isWeak && tag === String(change))) return
    throw new Problem(
      412,
      'stale',
      'The record was changed since: read it, compare, and send again with its new ETag',
      {
        headers: { ETag: etagOf(change, switches)! },
      },
    )
  }
}

/** Whether `If-None-Match` of a GET names the version that the record has. Tags are compared weakly there. */
export function isKnownVersion(header: string | undefined, change: number): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || tagsIn(header).some(({ tag }) => tag === String(change))
}

function tagsIn(header: string): { isWeak: boolean; tag: string }[] {
  const items = header.split(',').map((item) => /^(W\/)?"([\x21\x23-\x7e]*)"$/.exec(item.trim()))
  if (items.some((item) => item === null)) {
    throw new Problem(400, 'unreadable', 'If-Match and If-None-Match take ETags in double quotes, or *')
  }
  return items.map((item) => ({ isWeak: item![1] !== undefined, tag: item![2]! }))
}
