// The versions that a server gives its records (R24): each change makes another one.
import type { RestCollection } from '../../src/rest/index.js'
import type { Dice } from './dice.js'
import type { Row } from './judge.js'
import type { WireRequest } from './server.js'

/**
 * `etag`: the server refuses a write with an old `If-Match`. `ignored`: it sends tags, and takes any write. `weak`: its tags match nothing.
 * `property`: it refuses a write that names an old value of `updated`. `demanded`: as `etag`, and it refuses a write without one (428).
 * `restless`: something on the way changes each tag, so that the server refuses all of them.
 */
export type VersionRules = 'etag' | 'ignored' | 'weak' | 'property' | 'demanded' | 'restless'

/** `compares`: else no version goes out, and nobody could write where one is demanded. */
export function drawVersions(dice: Dice, compares: boolean): VersionRules | undefined {
  const demanded = compares ? 2 : 0
  const drawn = dice.weighted({ etag: 4, property: 3, ignored: 2, weak: 1, demanded, restless: 1, none: 1 })
  return drawn === 'none' ? undefined : drawn
}

/** The same as options of `holdfast/rest`. */
export function versionOptionsOf(versions: VersionRules | undefined): Partial<RestCollection> {
  if (versions === undefined) return {}
  if (versions !== 'property') return { versions: 'etag' }
  return {
    versions: { property: 'updated' },
    failure: (_, json) =>
      (json as { code?: string } | undefined)?.code === 'stale' ? { kind: 'conflict', reason: 'stale' } : undefined,
  }
}

export function tagOf(versions: VersionRules | undefined, { updated }: Row): { etag: string } | undefined {
  if (versions === undefined || versions === 'property') return undefined
  const tag = `"${updated as number}${versions === 'restless' ? '-gzip' : ''}"`
  return { etag: versions === 'weak' ? `W/${tag}` : tag }
}

/** The version that a request names, where the server minds it. */
export function guardOf(
  versions: VersionRules | undefined,
  { method, headers, query = '', body }: WireRequest,
): string | undefined {
  if (versions === 'etag' || versions === 'demanded' || versions === 'restless')
    return headers?.get('if-match')?.replaceAll('"', '')
  if (versions !== 'property') return undefined
  const named = method === 'DELETE' ? new URLSearchParams(query).get('updated') : (body as Row).updated
  return named === null || named === undefined ? undefined : typeof named === 'string' ? named : JSON.stringify(named)
}

export function isStale(guard: string | undefined, { updated }: Row): boolean {
  return guard !== undefined && guard !== JSON.stringify(updated)
}
