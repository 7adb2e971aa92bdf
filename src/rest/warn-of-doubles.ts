// Floor 6: says once, in development, what a lost answer to a creation will cost.
import type { Endpoint } from '../endpoint/endpoint.js'

let isSaid = false

/** Bundlers write the app's mode in the place of this name; where there is none, nobody develops here. */
declare const process: { readonly env: { readonly NODE_ENV?: string } } | undefined

export function warnOfDoubles(endpoints: { readonly [collection: string]: Endpoint }): void {
  const names = Object.keys(endpoints).filter((name) => endpoints[name]!.repeatsCreates === 'never')
  if (isSaid || !names.length || typeof process === 'undefined' || process.env.NODE_ENV !== 'development') return
  isSaid = true
  console.warn(
    `Holdfast: when the answer to a creation in ${names.join(', ')} is lost, nobody knows whether it was made, and a person has to decide. Use ids: 'device', "idempotencyKey" or "clientKey".`,
  )
}
