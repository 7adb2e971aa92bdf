import { Hono, type Context } from 'hono'
import type { ServerControl } from '../control/control.js'
import type { Match, Rule } from '../control/rules.js'
import type { ApiEnvironment } from '../environment.js'
import type { Json } from '../json.js'
import { readProperties } from '../read-body.js'
import type { UserStatus } from '../store/users.js'
import type { Switches } from '../switches.js'
import type { SaveBehaviour } from '../users/save-behaviour.js'

/** The control over HTTP, for pages and for tests in other processes. Its callers are trusted, its errors are 400. */
export function controlRoutes(control: ServerControl): Hono<ApiEnvironment> {
  const routes = new Hono<ApiEnvironment>()
  const done = (c: Context<ApiEnvironment>): Response => c.json({ ok: true })
  const read = async (c: Context<ApiEnvironment>): Promise<{ [key: string]: Json }> =>
    Object.fromEntries(await readProperties(c))

  routes.get('/', (c) =>
    c.json({
      ...control.settings,
      rules: control.rules.list(),
      held: control.held(),
      counts: control.requests.counts(),
    }),
  )
  routes.put('/switches', async (c) => {
    control.setSwitches((await read(c)) as Partial<Switches>)
    return done(c)
  })
  routes.put('/latency', async (c) => {
    control.setLatency(numberOf(await read(c), 'delayMs'))
    return done(c)
  })
  routes.put('/refuse', async (c) => {
    const { on } = await read(c)
    if (typeof on !== 'boolean') throw new Error(`"on" has to be true or false, not ${JSON.stringify(on)}`)
    control.refuse(on)
    return done(c)
  })
  routes.put('/saving', async (c) => {
    control.setSaving((await read(c)) as Partial<SaveBehaviour>)
    return done(c)
  })

  routes.post('/rules', async (c) => {
    const body = (await read(c)) as unknown as Rule & { rules?: Rule[] }
    const rules = body.rules ?? [body]
    if (!Array.isArray(rules)) throw new Error(`"rules" has to be a list, not ${JSON.stringify(rules)}`)
    for (const rule of rules) control.rules.add(rule)
    return done(c)
  })
  routes.delete('/rules', (c) => {
    control.rules.clear()
    return done(c)
  })
  routes.post('/fault', async (c) => {
    const { match, ...fault } = await read(c)
    const action = { do: 'fault', ...(fault as { code: number }), code: numberOf(fault, 'code') } as const
    const meant = (match as Match | undefined) ?? { method: 'PUT', path: '/users/*' }
    control.rules.add({ match: meant, action })
    return done(c)
  })
  routes.post('/release', (c) => {
    control.release()
    return done(c)
  })

  routes.post('/sessions/end', async (c) => {
    const { token, userId } = await read(c)
    if (typeof token === 'string') return c.json({ ended: control.endSessions({ token }) })
    if (typeof userId === 'string') return c.json({ ended: control.endSessions({ userId }) })
    throw new Error('Say whose sessions end: { "token": ... } or { "userId": ... }')
  })
  routes.get('/users', (c) => found(c, control.readUser({ identity: c.req.query('identity') ?? '' })))
  routes.get('/users/:id', (c) => found(c, control.readUser({ id: c.req.param('id') })))
  routes.put('/users/:id', async (c) => c.json(await control.writeUser(c.req.param('id'), await read(c))))
  routes.delete('/users/:id', (c) => c.json({ removed: control.removeUser(c.req.param('id')) }))
  routes.put('/users/:id/status', async (c) => {
    control.setStatus(c.req.param('id'), (await read(c)).userStatus as UserStatus)
    return done(c)
  })

  routes.get('/log', (c) => {
    const userId = c.req.query('userId')
    return c.json(
      control.log({ after: Number(c.req.query('after') ?? 0), ...(userId === undefined ? {} : { userId }) }),
    )
  })
  routes.get('/requests', (c) => c.json(control.requests.list({ after: Number(c.req.query('after') ?? 0) })))
  routes.get('/counts', (c) => c.json(control.requests.counts()))
  routes.delete('/requests', (c) => {
    control.requests.clear()
    return done(c)
  })
  routes.post('/reset', (c) => {
    control.reset()
    return done(c)
  })

  routes.all('*', (c) => c.json({ error: `There is no ${c.req.method} ${c.req.path}` }, 404))
  routes.onError((error, c) => c.json({ error: error.message }, 400))
  return routes
}

function found(c: Context<ApiEnvironment>, user: { [key: string]: Json } | undefined): Response {
  return user ? c.json(user) : c.json({ error: 'There is no such user' }, 404)
}

function numberOf(body: { [key: string]: Json }, name: string): number {
  const value = body[name]
  if (typeof value === 'number') return value
  throw new Error(`"${name}" has to be a number, not ${JSON.stringify(value)}`)
}
