import { createHash } from 'node:crypto'
import { Problem } from './problem.js'
import type { KeptAnswer } from './store/kept-answers.js'
import type { RestStore } from './store/rest-store.js'

/**
 * The key in the header `Idempotency-Key`: text in double quotes, as the IETF's draft has it
 * (draft-ietf-httpapi-idempotency-key-header-07), or without them, as most APIs take it.
 */
export function idempotencyKeyOf(header: string | undefined): string | null {
  if (header === undefined) return null
  const [, quoted, plain] =
    /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,200})"|([\x21\x23-\x5b\x5d-\x7e]{1,200}))$/.exec(header) ?? []
  const key = quoted ?? plain
  if (key !== undefined) return key
  throw new Problem(400, 'bad-key', 'Idempotency-Key has to be text of 1 to 200 ASCII characters, in double quotes')
}

/** A request that carries a key. */
export interface KeyedRequest {
  readonly callerId: string | null
  readonly key: string
  readonly method: string
  readonly path: string
  /** As it came. */
  readonly body: string
}

/** Lets each key have one effect. */
export interface Idempotency {
  /**
   * Gives the kept answer to a request that was answered before; else runs `work` and returns its answer. `work` itself keeps
   * it, by `keep`, in the transaction of its effect: what had no effect is not kept. Rejects with the problem of a key that is
   * in use, or that another request had.
   */
  once(
    request: KeyedRequest,
    work: (keep: (answer: Omit<KeptAnswer, 'fingerprint'>) => void) => Promise<Response>,
  ): Promise<Response>
}

export function createIdempotency(store: RestStore): Idempotency {
  const inWork = new Set<string>()
  return {
    async once({ callerId, key, ...request }, work) {
      const fingerprint = fingerprintOf(request)
      const kept = store.answers.find(callerId, key)
      if (kept) {
        if (kept.fingerprint === fingerprint) return new Response(kept.body, kept)
        throw new Problem(422, 'key-reused', 'Another request had this Idempotency-Key: each needs a key of its own')
      }
      const name = JSON.stringify([callerId, key])
      if (inWork.has(name)) {
        throw new Problem(409, 'key-in-use', 'The first request with this Idempotency-Key is still in work: try again')
      }
      inWork.add(name)
      try {
        return await work((answer) => store.answers.keep(callerId, key, { ...answer, fingerprint }))
      } finally {
        inWork.delete(name)
      }
    },
  }
}

function fingerprintOf({ method, path, body }: Omit<KeyedRequest, 'callerId' | 'key'>): string {
  return createHash('sha256')
    .update(JSON.stringify([method, path, body]))
    .digest('base64')
}
