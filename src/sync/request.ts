import type { Endpoint, Reply, RequestContext } from '../endpoint/endpoint.js'
import type { Json } from '../model/record.js'
import type { Platform } from '../platform/platform.js'

export interface Caller {
  account: string
  token: string | undefined
  description: Json | undefined
}

/**
 * Makes one request with a deadline. Never rejects: what an endpoint throws is no proof of anything, so it counts as
 * `server`. `signal`: freeze, loss of the lease, close.
 */
export async function request(
  { clock, fetch }: Pick<Platform, 'clock' | 'fetch'>,
  { account, token, description }: Caller,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
  ask: (context: RequestContext) => ReturnType<Endpoint['update']>,
): Promise<Reply> {
  const call = new AbortController()
  const done = new AbortController()
  const stop = (): void => call.abort(signal.reason)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)
  void clock.sleep(timeoutMs, done.signal).then(() => {
    if (!done.signal.aborted) call.abort(new DOMException(`No answer within ${timeoutMs} ms`, 'TimeoutError'))
  })
  try {
    return await ask({
      account,
      signal: call.signal,
      fetch,
      now: () => clock.now(),
      ...(token !== undefined && { token }),
      ...(description !== undefined && { description }),
    })
  } catch (error) {
    const message = `The endpoint failed: ${error instanceof Error ? error.message : String(error)}`
    return { ok: false, failure: { kind: 'server', message } }
  } finally {
    done.abort()
    signal.removeEventListener('abort', stop)
  }
}
