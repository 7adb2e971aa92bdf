// Floor 3: the version of a record as it is kept: with the means that gave it, since no other one understands it (R24). Pure.
import type { Endpoint } from './endpoint.js'

type Means = Pick<Endpoint, 'versions'>

export function keptVersion({ versions }: Means, version: string | undefined): string | undefined {
  return versions === undefined || version === undefined ? undefined : `${versions} ${version}`
}

/** The version as the endpoint gave it; `undefined`: another means did. */
export function sentVersion({ versions }: Means, kept: string | undefined): string | undefined {
  return kept?.startsWith(`${versions} `) ? kept.slice(versions!.length + 1) : undefined
}
