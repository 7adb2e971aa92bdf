import { Hono, type Context } from 'hono'
import type { Match } from '../control/rules.js'
import { controlOf, done, readBody } from '../control/traffic-routes.js'
import type { ApiEnvironment } from '../environment.js'
import type { Json } from '../json.js'
import type { SaveBehaviour } from '../save-behaviour.js'
import type { RestControl } from './control.js'
import type { CorsSettings } from './cors.js'
import type { RestSwitches } from './switches.js'

/** The control of the REST mode over HTTP. */
export function restControlRoutes(control: RestControl): Hono<ApiEnvironment> {
  return controlOf(control, (routes) => {
    routes.put('/switches', async (c) => {
      control.setSwitches((await readBody(c)) as Partial<RestSwitches>)
      return done(c)
    })
    routes.put('/cors', async (c) => {
      control.setCors((await readBody(c)) as Partial<CorsSettings>)
      return done(c)
    })
    routes.put('/saving/:collection', async (c) => {
      control.setSaving(c.req.param('collection'), (await readBody(c)) as Partial<SaveBehaviour>)
      return done(c)
    })
    routes.post('/fail', async (c) => {
      const { match, ...problem } = await readBody(c)
      control.failNext(problem, match as Match | undefined)
      return done(c)
    })
    recordRoutes(routes, control)
    routes.post('/deleted/forget', (c) => {
      control.forgetDeleted()
      return done(c)
    })
    routes.post('/sessions/end', async (c) => {
      const { token, account } = await readBody(c)
      if (typeof token === 'string') return c.json({ ended: control.endSessions({ token }) })
      if (typeof account === 'string') return c.json({ ended: control.endSessions({ account }) })
      throw new Error('Say whose sessions end: { "token": ... } or { "account": ... }')
    })
    routes.get('/log', (c) => {
      const { after = '0', ...where } = c.req.query() as { after?: string; collection?: string; id?: string }
      return c.json(control.log({ ...where, after: Number(after) }))
    })
    routes.post('/reset', (c) => {
      control.reset()
      return done(c)
    })
  })
}

/** Records as another device would read and write them. */
function recordRoutes(routes: Hono<ApiEnvironment>, control: RestControl): void {
  routes.get('/records/:collection', (c) => c.json(control.all(c.req.param('collection'))))
  routes.post('/records/:collection', async (c) => c.json(control.create(c.req.param('collection'), await readBody(c))))
  routes.get('/records/:collection/:id', (c) => found(c, control.read(c.req.param('collection'), c.req.param('id'))))
  routes.patch('/records/:collection/:id', async (c) =>
    c.json(control.update(c.req.param('collection'), c.req.param('id'), await readBody(c))),
  )
  routes.delete('/records/:collection/:id', (c) => {
    control.delete(c.req.param('collection'), c.req.param('id'))
    return done(c)
  })
}

function found(c: Context<ApiEnvironment>, record: { [field: string]: Json } | undefined): Response {
  return record ? c.json(record) : c.json({ error: 'There is no such record' }, 404)
}
