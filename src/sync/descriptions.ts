import type { Endpoint, RequestContext } from '../endpoint/endpoint.js'
import { FaultError } from '../model/errors.js'
import { type Failure, failureClass } from '../model/failure.js'
import type { Json } from '../model/record.js'

export interface Descriptions {
  of(collection: string): Json | undefined
  /**
   * Asks for the description when there is none yet. Answers with the failure that stands in the way of a read whose values
   * have to be recognized; with nothing when the read may go on, described or not.
   */
  complete(collection: string, endpoint: Endpoint, context: RequestContext): Promise<Failure | undefined>
}

/** A description that cannot be had holds up no lane for longer. */
const mostTries = 3

/**
 * Descriptions as far as comparing needs them (R4): what a value of ours looks like at the backend, only they tell, and a first
 * visit that was cut short has left none. `known`: those that this context has already.
 */
export function createDescriptions(known: Descriptions['of']): Descriptions {
  const found = new Map<string, Json>()
  const tries = new Map<string, number>()
  const of: Descriptions['of'] = (collection) => known(collection) ?? found.get(collection)
  return {
    of,
    async complete(collection, endpoint, context) {
      const tried = (tries.get(collection) ?? 0) + 1
      if (!endpoint.describe || of(collection) !== undefined || tried > mostTries) return undefined
      try {
        found.set(collection, await endpoint.describe(context))
        return undefined
      } catch (error) {
        const failure: Failure =
          error instanceof FaultError ? error.failure : { kind: 'server', message: String(error) }
        const mayPass = failureClass(failure.kind) === 'wait'
        tries.set(collection, mayPass ? tried : mostTries)
        return mayPass && tried < mostTries ? failure : undefined
      }
    },
  }
}
