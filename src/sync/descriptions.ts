import type { Endpoint, RequestContext } from '../endpoint/endpoint.js'
import type { Json } from '../model/record.js'

export interface Descriptions {
  of(collection: string): Json | undefined
  /** Asks for the description when there is none yet. Rejects when it cannot be had now; resolves when it cannot be had at all. */
  complete(collection: string, endpoint: Endpoint, context: RequestContext): Promise<void>
}

/** Descriptions that cannot be had hold up no lane for longer. */
const mostTries = 3

/**
 * Descriptions as far as comparing needs them (R4): what a value of ours looks like at the backend, only they tell, and a first
 * visit that was cut short has left none. `known`: those that this context has already.
 */
export function createDescriptions(known: Descriptions['of']): Descriptions {
  const found = new Map<string, Json>()
  let failures = 0
  const of: Descriptions['of'] = (collection) => known(collection) ?? found.get(collection)
  return {
    of,
    async complete(collection, endpoint, context) {
      if (!endpoint.describe || of(collection) !== undefined || failures === mostTries) return
      try {
        found.set(collection, await endpoint.describe(context))
      } catch (error) {
        if (++failures < mostTries) throw error
      }
    },
  }
}
