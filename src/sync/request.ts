import type { Refused, Reply, RequestContext } from '../endpoint/endpoint.js'
import { FaultError } from '../model/errors.js'
import { masked } from '../model/mask.js'
import type { Json, Properties } from '../model/record.js'
import { isLike, listOf, replyDepth } from '../model/shape.js'
import type { Platform } from '../platform/platform.js'
import type { Network } from './network.js'

/** The time that an endpoint has to give up. */
const graceMs = 1_000

/** Of an update's and a read's reply. */
const okShape: object = { ok: true, 'record?': {} }
const refusedShape: object = { ok: false, failure: { kind: '', message: '', 'offending?': listOf('') } }

/** The part of the platform that requests need. */
export interface Wire extends Pick<Platform, 'clock' | 'random' | 'fetch'> {
  connectivity: Pick<Network, 'onReply'>
}

export interface Caller {
  account: string
  token?: string | undefined
  description?: Json | undefined
  record?: Properties | undefined
}

/**
 * Makes one request with a deadline. Never rejects: an error of an endpoint proves nothing, so it counts as `server`, except
 * a `FaultError`, which names its kind. So does a reply without the form of `shape`, or of a failure. An endpoint that ignores
 * its deadline counts as `timeout` a second later. `signal`: freeze, loss of the lease, close.
 */
export async function request<A extends { ok: true }>(
  { clock, random, fetch, connectivity }: Wire,
  { account, token, description, record }: Caller,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  ask: (context: RequestContext) => Promise<A | Refused>,
  shape: object = okShape,
  depth: number = replyDepth,
): Promise<A | Refused> {
  const call = new AbortController()
  const done = new AbortController()
  // Also from an endpoint that ignores it: no work may be left when the client has closed.
  const stop = (): void => {
    call.abort(signal.reason)
    done.abort()
  }
  const isOver = onAbort(signal, stop)
  const message = `No answer within ${timeoutMs} ms`
  const late = clock.sleep(timeoutMs, done.signal).then(async (): Promise<Refused> => {
    if (!done.signal.aborted) call.abort(new DOMException(message, 'TimeoutError'))
    await clock.sleep(graceMs, done.signal)
    return { ok: false, failure: { kind: 'timeout', message } }
  })
  let reply: A | Refused | undefined
  let problem = 'its answer is no Reply in plain JSON'
  try {
    const answer = ask({
      account,
      signal: call.signal,
      fetch,
      now: () => clock.now(),
      requestId: random.id(),
      token,
      description,
      record,
    })
    reply = ownReply(await Promise.race([answer, late]))
  } catch (error) {
    if (error instanceof FaultError) reply = { ok: false, failure: error.failure }
    else problem = (error as Partial<Error> | undefined)?.message ?? 'it threw no Error'
  }
  // A value that is no JSON could be written, and not be read any more (G12).
  if (!reply || !isLike(known(reply), reply.ok ? shape : refusedShape, depth)) {
    const message = `The endpoint failed: ${problem}`
    reply = { ok: false, failure: { kind: 'server', message } }
  }
  if (!reply.ok) {
    const { record } = reply
    reply = { ok: false, failure: masked(reply.failure, [token]), ...(record === null && { record }) }
  }
  done.abort()
  isOver()
  // A request that was given up says nothing of the network.
  if (!signal.aborted) connectivity.onReply(reply, clock.now())
  return reply
}

/**
 * An endpoint that keeps its records in memory may answer with one of them, and change it later: it would change what this context
 * knows of the lane, and the next settlement would write that. The records of lists are copied part by part (`pull.ts`).
 */
function ownReply<A extends object>(reply: A): A {
  const { record } = reply as { record?: unknown }
  return record ? { ...reply, record: structuredClone(record) } : reply
}

/** By signal, the calls that it ends. */
const endings = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls `stop` when the signal is aborted, unless the returned function was called before. Engines warn of many listeners of one signal. */
function onAbort(signal: AbortSignal, stop: () => void): () => void {
  if (signal.aborted) stop()
  let calls = endings.get(signal)
  if (!calls) {
    const all = (calls = new Set<() => void>())
    endings.set(signal, all)
    signal.addEventListener('abort', () => all.forEach((call) => call()), { once: true })
  }
  calls.add(stop)
  return () => void calls.delete(stop)
}

/** The answer to a read, which shows the record, or its absence, or proves nothing (G12). */
export function readReply(reply: Reply): Reply {
  const message = 'The endpoint failed: its answer to a read has no record'
  return reply.ok && reply.record === undefined ? { ok: false, failure: { kind: 'server', message } } : reply
}

/** The reply, where an absent record counts as none; one that names itself in an impossible way is no reply. */
function known(reply: object): unknown {
  const { record, id, version, ...rest } = reply as { [field: string]: unknown }
  const isNamed = id === undefined || typeof id === 'string' || Number.isSafeInteger(id)
  if (!isNamed || (version !== undefined && typeof version !== 'string')) return undefined
  return { ...rest, ...(record != null && { record }) }
}
