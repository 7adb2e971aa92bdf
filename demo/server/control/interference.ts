import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, MiddlewareHandler, Next } from 'hono'
import type { ApiEnvironment } from '../environment.js'
import { cannedAnswer } from './canned-answer.js'
import type { Action } from './rules.js'
import type { Traffic } from './traffic.js'

/** The ways of a mode, which the control itself does not know. */
export interface ModeAnswers {
  /** The headers by which a page's script may read an answer to this request. */
  cors(c: Context<ApiEnvironment>): { readonly [name: string]: string }
  /** The answer of a `fault`, for a mode that has that action. */
  fault?(action: FaultAction): Response
}

export type FaultAction = Extract<Action, { do: 'fault' }>

/** Keeps the log of requests, and lets the control's rules stand between a request and its answer. */
export function interference(control: Traffic, mode: ModeAnswers): MiddlewareHandler<ApiEnvironment> {
  return async (c, next) => {
    const { method } = c.req
    const path = c.get('operation')
    const entry = control.requests.begin({ method, path, idempotencyKey: c.req.header('idempotency-key') ?? null })
    const { refusing, latencyMs } = control.settings
    const action: Action = refusing ? { do: 'refuse' } : (control.rules.take(method, path) ?? { do: 'pass' })
    if (action.do !== 'pass') entry.action = action.do
    try {
      if (!refusing && method !== 'OPTIONS') await pause(latencyMs)
      await pause(action.delayMs ?? 0)
      const answer = await meet(c, next, action, control, mode)
      if (answer) {
        c.res = undefined
        c.res = answer
      }
      control.requests.end(entry, answer === RESPONSE_ALREADY_SENT ? null : c.res.status)
    } catch (error) {
      control.requests.end(entry, null)
      throw error
    }
  }
}

/** Carries the action out; returns the answer that takes the place of the real one, if any. */
async function meet(
  c: Context<ApiEnvironment>,
  next: Next,
  action: Action,
  control: Traffic,
  mode: ModeAnswers,
): Promise<Response | undefined> {
  switch (action.do) {
    case 'pass':
      await next()
      return undefined
    case 'refuse':
      return destroyed(c)
    case 'lose-answer':
      await next()
      return destroyed(c)
    case 'cut-body':
      await next()
      return cut(c)
    case 'empty-body':
      await next()
      return new Response(null, { status: c.res.status, headers: withoutLength(c.res.headers) })
    case 'hold':
      await control.released()
      await next()
      return undefined
    case 'hold-answer':
      await next()
      await control.released()
      return undefined
    case 'hold-work':
      c.set('midway', () => control.released())
      await next()
      return undefined
    case 'fault':
      return mode.fault!(action)
    case 'problem':
    case 'server-error':
    case 'too-many-requests':
    case 'captive-portal':
    case 'gateway':
    case 'answer':
      if ('applied' in action && action.applied) await next()
      return cannedAnswer(action, mode.cors(c))
  }
}

function destroyed(c: Context<ApiEnvironment>): Response {
  c.env.incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}

/** Announces the whole body, sends half of it, and destroys the connection once that half is out. */
async function cut(c: Context<ApiEnvironment>): Promise<Response> {
  const body = Buffer.from(await c.res.arrayBuffer())
  const { outgoing, incoming } = c.env
  outgoing.writeHead(c.res.status, { ...Object.fromEntries(c.res.headers), 'content-length': body.length })
  await new Promise<void>((resolve) => {
    outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => resolve())
  })
  incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}

function withoutLength(headers: Headers): Headers {
  const kept = new Headers(headers)
  kept.delete('content-length')
  return kept
}

function pause(ms: number): Promise<void> {
  return ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms)) : Promise.resolve()
}
