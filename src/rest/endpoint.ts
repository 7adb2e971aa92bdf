// Floor 6: the collections of an ordinary HTTP API as endpoints of the core. No rxjs in its graph, for service workers.
import { isSegment } from '../endpoint/address.js'
import type { Endpoint } from '../endpoint/endpoint.js'
import { failed } from '../endpoint/http.js'
import { checkedBy } from '../endpoint/schema.js'
import { createAsk } from './ask.js'
import { checkRestEdit } from './check-edit.js'
import { type RestCollection, type RestOptions, restBackendOf } from './options.js'
import { createReads } from './reads.js'
import { createResource } from './resource.js'
import { createWrites } from './writes.js'

export type { FailureOf, RestCollection, RestList, RestOptions, RestPage } from './options.js'

/**
 * The endpoint of each collection. Throws a `TypeError` for options that name no backend, and for those that do not exist.
 */
export function restEndpoints(options: RestOptions): { readonly [collection: string]: Endpoint } {
  const backend = restBackendOf(options)
  const { ask, prepare } = createAsk(backend)
  const asksApp = backend.token ?? backend.headers ?? backend.session
  const { id, database } = backend
  return Object.fromEntries(
    Object.entries(backend.collections).map(([name, one]) => {
      const resource = createResource(name, backend, ask)
      const reads = createReads(resource)
      const write = createWrites(resource, reads)
      const endpoint: Endpoint = {
        backend: { id, database },
        ids: one.ids,
        idProperty: 'id',
        repeatsCreates: repeatsOf(one),
        keyValidForMs: one.keyValidForMs,
        refs: one.refs,
        conflicts: one.conflicts,
        resolve: one.resolve,
        versions: resource.versions?.means,
        ...(asksApp && { prepare }),
        async write(request, context) {
          const isId: boolean = isSegment(request.key.id)
          return isId ? write(request, context) : failed({ kind: 'gone', message: `"${request.key.id}" is no id` })
        },
        read: async ({ id }, context) => (isSegment(id) ? reads.read(id, context) : { ok: true, record: null }),
        ...(one.list !== false && { list: reads.list, listing: reads.listing }),
        refreshAfterMs: one.refreshAfterMs,
        pollMs: one.pollMs,
        maxRecords: one.maxRecords,
        ...(one.clientKey && { find: reads.find }),
        same: resource.same,
        check: (edit) => checkRestEdit(one, edit),
      }
      return [name, checkedBy(one.schema, endpoint)]
    }),
  )
}

function repeatsOf({ ids, clientKey, idempotencyKey }: RestCollection): Endpoint['repeatsCreates'] {
  if (ids === 'device') return 'safe'
  return clientKey ? 'by-find' : idempotencyKey ? 'by-key' : 'never'
}
