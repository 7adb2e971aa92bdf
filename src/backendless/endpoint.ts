// Floor 6: the Backendless user service as an endpoint of the core. No rxjs in its graph, for service workers.
import type { Endpoint, RequestContext } from '../endpoint/endpoint.js'
import { knownOptions } from '../model/known-options.js'
import type { Json, Properties, RecordKey } from '../model/record.js'
import { askDescription, askInSession, type Outcome, proveRecord } from './ask.js'
import { backendOf, type BackendlessOptions, backendOptions } from './backend.js'
import { checkEdit } from './check-edit.js'
import { commonParts, descriptionIn } from './endpoint-parts.js'
import { lookUp } from './look-up.js'
import { offendingOf } from './refusal.js'
import { learn } from './unknown-properties.js'

export type { BackendlessOptions } from './backend.js'
export { backendlessTable, type TableOptions } from './table.js'

/**
 * The "Update User Object" operation of a Backendless app. Throws a `TypeError` for options that name no backend, and for those
 * that it does not have.
 */
export function backendlessEndpoint(options: BackendlessOptions): Endpoint {
  const backend = backendOf(knownOptions(options, backendOptions) as BackendlessOptions)
  // The official SDKs reload a user so: `users/<id>` is documented with a list of wanted properties only.
  const read = ({ id }: RecordKey, context: RequestContext): Promise<Outcome<{ record: Properties }>> =>
    askInSession(backend, { method: 'GET', path: 'data/Users/', id }, context, (json) => proveOwn(json, id))
  return {
    ...commonParts(backend, options),
    ids: 'server',

    // No idempotency key: the service has none, and a header that it does not allow would fail the preflight.
    async write({ key, ...request }, context) {
      if (request.op !== 'update') throw new TypeError(`Backendless: this endpoint cannot ${request.op} users`)
      const { patch } = request
      const call = { method: 'PUT', path: 'users/', id: key.id, body: patch } as const
      const reply = await askInSession(backend, call, context, (json) => proveOwn(json, key.id))
      if (reply.ok) return lookUp(reply, patch, context.description, () => read(key, context))
      const offending = offendingOf(reply.failure.code, patch, context.description)
      return offending.length ? { ok: false, failure: { ...reply.failure, offending } } : reply
    },

    read,

    describe: async (_, context) => descriptionIn(await askDescription(backend, context.token, context)),
    check: checkEdit,
    learn,
  }
}

/** Without its id, by which a reply would name the record anew. */
function proveOwn(json: Json | undefined, id: string): { record: Properties } | string {
  const proven = proveRecord(json, id)
  return typeof proven === 'string' ? proven : { record: proven.record }
}
