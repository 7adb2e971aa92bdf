import type { Endpoint, Reply, RequestContext } from '../endpoint/endpoint.js'
import { FaultError } from '../model/errors.js'
import { ruleOf } from '../model/failure.js'
import type { Json } from '../model/record.js'

export interface DescribedReads {
  of(collection: string): Json | undefined
  /**
   * Makes `read`, whose answer is to be compared, and fetches the description before it when there is none yet. Rejects when
   * the record was read and the description cannot be had now; no more when it cannot be had at all.
   */
  readWith(collection: string, endpoint: Endpoint, context: RequestContext, read: () => Promise<Reply>): Promise<Reply>
}

/** A description that cannot be had holds up no lane for longer. */
const mostTries = 3

/**
 * Descriptions as far as comparing needs them (R4): only they show the backend's forms of our values, and a first visit that
 * was cut short has left none. `known`: those that this context has already.
 */
export function createDescribedReads(known: DescribedReads['of']): DescribedReads {
  const found = new Map<string, Json>()
  let failures = 0
  const of: DescribedReads['of'] = (collection) => known(collection) ?? found.get(collection)
  return {
    of,
    async readWith(collection, endpoint, context, read) {
      if (!endpoint.describe || of(collection) !== undefined || failures === mostTries) return read()
      let missing: { error: unknown } | undefined
      let answers = 0
      do {
        missing = undefined
        try {
          found.set(collection, await endpoint.describe(collection, context))
        } catch (error) {
          missing = { error }
        }
        // An answer that is no description will hardly become one: a repeat at once delays no verdict. A body that broke off
        // looks like one too, so a single one proves nothing.
      } while (missing && isAnswer(missing.error) && ++answers < mostTries)
      if (answers === mostTries) failures = mostTries
      const reply = await read()
      // A network that gives neither proves nothing about descriptions; one that uses up all the time does.
      if (missing && failures < mostTries && (reply.ok || context.signal.aborted) && ++failures < mostTries)
        throw new Error(`it did not give the description of "${collection}": ${String(missing.error)}`)
      return reply
    },
  }
}

/** Whether the backend, or something in its place, has answered: a refusal, or an answer that nobody can believe. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof FaultError)) return false
  const { kind, status = 500 } = error.failure
  return !ruleOf(kind).isOrder && status < 500
}
