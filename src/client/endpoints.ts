// Floor 5: the endpoints of a client, one for each collection, all of one backend. Pure.
import type { Endpoint } from '../endpoint/endpoint.js'
import { own } from '../model/own.js'
import { refsIn, type Relations, undeclaredIn, withRefs } from '../model/refs.js'

/** The endpoint of each collection. All are of one backend: their collections share session, wait and lease. */
export interface Endpoints {
  readonly [collection: string]: Endpoint
}

/** Throws a `TypeError` where `endpoints` names no endpoint, or endpoints of several backends. */
export function onOneBackend(endpoints: Endpoints): {
  backend: Endpoint['backend']
  endpointOf(collection: string): Endpoint | undefined
  relations: Relations
} {
  const [first, ...others] = Object.entries(endpoints)
  if (!first) throw new TypeError('`endpoints` names no collection: name at least one, with its endpoint')
  const [name, { backend }] = first
  for (const [other, { backend: another }] of others)
    if (another.id !== backend.id)
      throw new TypeError(
        `"${name}" is on the backend ${backend.id}, and "${other}" on ${another.id}: open a client for each backend`,
      )
  const endpointOf = (collection: string): Endpoint | undefined =>
    Object.hasOwn(endpoints, collection) ? endpoints[collection] : undefined
  const isRelated = Object.values(endpoints).some(({ refs }) => refs)
  const namedByBackend = Object.keys(endpoints).filter((one) => endpoints[one]!.ids === 'server')
  const relations: Relations = {
    refsOf: isRelated ? (collection, properties) => refsIn(properties, endpointOf(collection)?.refs) : undefined,
    rename: (collection, properties, rename) => withRefs(properties, endpointOf(collection)?.refs, rename),
    undeclared: namedByBackend.length
      ? (collection, properties) =>
          undeclaredIn(properties, endpointOf(collection)?.refs).flatMap(({ path, id }) =>
            namedByBackend.map((of) => ({ collection: of, id, property: path })),
          )
      : undefined,
    numberIn(collection, record) {
      const { idProperty } = endpointOf(collection) ?? {}
      const id = idProperty && own(record, idProperty)
      return typeof id === 'number' ? id : undefined
    },
  }
  return { backend, endpointOf, relations }
}
