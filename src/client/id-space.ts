// Floor 5: the places in which values hold ids, and the backend's ids of the records that were made here (R19).
import type { Endpoint } from '../endpoint/endpoint.js'
import type { IdSpace } from '../live/record.js'
import { own } from '../model/own.js'
import type { LaneKey, Properties } from '../model/record.js'
import { refsIn, withRefs } from '../model/refs.js'
import type { Names } from '../store/names.js'
import { keyHere } from '../store/order.js'

/** `names`: `undefined` until the database is open. */
export function createIdSpace(
  endpointOf: (collection: string) => Endpoint | undefined,
  names: () => Names | undefined,
): IdSpace & { toBackend(key: LaneKey, values: Properties): Properties } {
  return {
    toBackend: ({ account, collection: from }, values) =>
      withRefs(
        values,
        endpointOf(from)?.refs,
        (collection, id) => names()?.remoteIdOf({ account, collection, id }) ?? undefined,
      ),
    toDevice(key, values) {
      const { account } = key
      const { refs, idProperty } = endpointOf(key.collection) ?? {}
      const shown = withRefs(values, refs, (collection, id) => names()?.idOf({ account, collection, id }))
      const id = idProperty && own(shown, idProperty)
      return id === undefined || id === '' || id === key.id ? shown : { ...shown, [idProperty!]: key.id }
    },
    remoteIdOf(key, base) {
      const named = names()?.remoteIdOf(key)
      if (named !== undefined || !base) return named
      const { idProperty } = endpointOf(key.collection) ?? {}
      const id = idProperty && own(base, idProperty)
      return typeof id === 'number' ? id : key.id
    },
    keyHere: (key) => keyHere(names(), key),
    namedAt(collection) {
      const { refs = {} } = (collection === undefined ? undefined : endpointOf(collection)) ?? {}
      const targets = collection === undefined ? [undefined] : Object.values(refs)
      return Math.max(0, ...targets.map((target) => names()?.newestAt(target) ?? 0))
    },
    refsIn: (collection, values) => refsIn(values, endpointOf(collection)?.refs),
  }
}
