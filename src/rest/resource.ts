// Floor 6: one collection of a backend: its addresses, and the app's functions for it.
import type { RequestContext } from '../endpoint/endpoint.js'
import type { Json, Operation, Properties } from '../model/record.js'
import { looselySame } from '../model/same.js'
import type { Ask } from './ask.js'
import type { FailureOf, RestBackend, RestCollection } from './options.js'
import { isCollectionPath, recordPath } from './paths.js'
import { isWhole, recordIn } from './records.js'
import { isSameMoment } from './same-moment.js'
import { type Versions, versionsOf } from './versions.js'

export interface Resource {
  name: string
  one: RestCollection
  /** Ends with a slash. */
  root: URL
  ask: Ask
  failureOf: FailureOf | undefined
  versions: Versions | undefined
  decode(json: Json): unknown
  /** Whether the body of a refusal is a record: that of the id, or, of any id, one with all that was sent. */
  isRecord(json: Json, id: string | undefined, sent?: Properties): boolean
  /** Whether `got` is `sent` in the server's own form (R4). */
  same(property: string, sent: Json, got: Json): boolean
  /**
   * From the origin on: of the collection, or of the record with the id. `record`: as the server has it, as far as that is known here;
   * `sent`: what it gets.
   */
  addressOf(
    op: Operation | 'read' | 'list',
    context: Pick<RequestContext, 'record'>,
    sent?: Properties,
    id?: string,
  ): string
}

export function createResource(name: string, backend: RestBackend, ask: Ask): Resource {
  const { root, collections } = backend
  const one = collections[name]!
  const { decode = (json) => json } = one
  return {
    name,
    one,
    root,
    ask,
    failureOf: one.failure ?? backend.failure,
    versions: versionsOf(one),
    decode,
    isRecord(json, id, sent) {
      try {
        const found = recordIn(json, decode)
        return !!found && (String(found.id) === id || (!!sent && isWhole(sent, found.record)))
      } catch {
        // The app's function need not come to terms with a fault.
        return false
      }
    },
    same(property, sent, got) {
      if (looselySame(sent, got) || isSameMoment(sent, got)) return true
      try {
        return one.same?.(property, sent, got) === true
      } catch {
        // The core calls it inside of a transaction that others share.
        return false
      }
    },
    addressOf(op, { record }, sent, id) {
      const { path = name } = one
      // The record lies where it is, and not yet where an update puts it.
      const text: unknown = typeof path === 'function' ? path({ ...sent, ...record }, op) : path
      if (!isCollectionPath(text))
        throw new TypeError(`collections.${name}: "path" gives ${JSON.stringify(text)}, which is no path`)
      return root.pathname + (id === undefined ? text : recordPath(text, id))
    },
  }
}
