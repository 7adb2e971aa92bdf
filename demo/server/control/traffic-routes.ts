import { Hono, type Context } from 'hono'
import type { ApiEnvironment } from '../environment.js'
import type { Json } from '../json.js'
import { readProperties } from '../read-body.js'
import type { Rule } from './rules.js'
import type { Traffic } from './traffic.js'

/**
 * The control over HTTP, for pages and for tests in other processes: that of the traffic, and `own` of the mode. Its callers are
 * trusted, its errors are 400.
 */
export function controlOf(traffic: Traffic, own: (routes: Hono<ApiEnvironment>) => void): Hono<ApiEnvironment> {
  const routes = new Hono<ApiEnvironment>()
  routes.get('/', (c) =>
    c.json({
      ...traffic.settings,
      rules: traffic.rules.list(),
      held: traffic.held(),
      counts: traffic.requests.counts(),
      methods: traffic.requests.methods(),
    }),
  )
  routes.put('/latency', async (c) => {
    traffic.setLatency(numberOf(await readBody(c), 'delayMs'))
    return done(c)
  })
  routes.put('/refuse', async (c) => {
    const { on } = await readBody(c)
    if (typeof on !== 'boolean') throw new Error(`"on" has to be true or false, not ${JSON.stringify(on)}`)
    traffic.refuse(on)
    return done(c)
  })
  routes.post('/rules', async (c) => {
    const body = (await readBody(c)) as unknown as Rule & { rules?: Rule[] }
    const rules = body.rules ?? [body]
    if (!Array.isArray(rules)) throw new Error(`"rules" has to be a list, not ${JSON.stringify(rules)}`)
    for (const rule of rules) traffic.rules.add(rule)
    return done(c)
  })
  routes.delete('/rules', (c) => {
    traffic.rules.clear()
    return done(c)
  })
  routes.post('/release', (c) => {
    traffic.release()
    return done(c)
  })
  routes.get('/requests', (c) => c.json(traffic.requests.list({ after: Number(c.req.query('after') ?? 0) })))
  routes.get('/counts', (c) => c.json(traffic.requests.counts()))
  routes.delete('/requests', (c) => {
    traffic.requests.clear()
    return done(c)
  })
  own(routes)
  routes.all('*', (c) => c.json({ error: `There is no ${c.req.method} ${c.req.path}` }, 404))
  routes.onError((error, c) => c.json({ error: error.message }, 400))
  return routes
}

/** The answer of what has nothing else to say. */
export function done(c: Context<ApiEnvironment>): Response {
  return c.json({ ok: true })
}

export async function readBody(c: Context<ApiEnvironment>): Promise<{ [key: string]: Json }> {
  return Object.fromEntries(await readProperties(c))
}

/** A number of a body; throws an `Error` that names it for anything else. */
export function numberOf(body: { [key: string]: Json }, name: string): number {
  const value = body[name]
  if (typeof value === 'number') return value
  throw new Error(`"${name}" has to be a number, not ${JSON.stringify(value)}`)
}
