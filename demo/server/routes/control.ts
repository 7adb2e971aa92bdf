import { Hono, type Context } from 'hono'
import type { ServerControl } from '../control/control.js'
import { controlOf, done, numberOf, readBody } from '../control/traffic-routes.js'
import type { Match } from '../control/rules.js'
import type { ApiEnvironment } from '../environment.js'
import type { Json } from '../json.js'
import type { UserStatus } from '../store/users.js'
import type { Switches } from '../switches.js'
import type { SaveBehaviour } from '../save-behaviour.js'

/** The control of the Backendless mode over HTTP. */
export function controlRoutes(control: ServerControl): Hono<ApiEnvironment> {
  return controlOf(control, (routes) => {
    routes.put('/switches', async (c) => {
      control.setSwitches((await readBody(c)) as Partial<Switches>)
      return done(c)
    })
    routes.put('/saving', async (c) => {
      control.setSaving((await readBody(c)) as Partial<SaveBehaviour>)
      return done(c)
    })
    routes.post('/fault', async (c) => {
      const { match, ...fault } = await readBody(c)
      const action = { do: 'fault', ...(fault as { code: number }), code: numberOf(fault, 'code') } as const
      const meant = (match as Match | undefined) ?? { method: 'PUT', path: '/users/*' }
      control.rules.add({ match: meant, action })
      return done(c)
    })

    routes.post('/sessions/end', async (c) => {
      const { token, userId } = await readBody(c)
      if (typeof token === 'string') return c.json({ ended: control.endSessions({ token }) })
      if (typeof userId === 'string') return c.json({ ended: control.endSessions({ userId }) })
      throw new Error('Say whose sessions end: { "token": ... } or { "userId": ... }')
    })
    routes.get('/users', (c) => found(c, control.readUser({ identity: c.req.query('identity') ?? '' })))
    routes.get('/users/:id', (c) => found(c, control.readUser({ id: c.req.param('id') })))
    routes.put('/users/:id', async (c) => c.json(await control.writeUser(c.req.param('id'), await readBody(c))))
    routes.delete('/users/:id', (c) => c.json({ removed: control.removeUser(c.req.param('id')) }))
    routes.put('/users/:id/status', async (c) => {
      control.setStatus(c.req.param('id'), (await readBody(c)).userStatus as UserStatus)
      return done(c)
    })

    routes.get('/tables/:table', (c) => c.json(control.readRows(c.req.param('table'))))
    routes.post('/tables/:table', async (c) => c.json(control.createRow(c.req.param('table'), await readBody(c))))
    routes.put('/tables/:table/:id', async (c) =>
      c.json(control.writeRow(c.req.param('table'), c.req.param('id'), await readBody(c))),
    )
    routes.delete('/tables/:table/:id', (c) => {
      control.deleteRow(c.req.param('table'), c.req.param('id'))
      return done(c)
    })
    routes.get('/table-log', (c) => {
      const { after = 0, table, id: objectId } = c.req.query()
      return c.json(
        control.tableLog({
          after: Number(after),
          ...(table !== undefined && { table }),
          ...(objectId !== undefined && { objectId }),
        }),
      )
    })

    routes.get('/log', (c) => {
      const userId = c.req.query('userId')
      return c.json(
        control.log({ after: Number(c.req.query('after') ?? 0), ...(userId === undefined ? {} : { userId }) }),
      )
    })
    routes.post('/reset', (c) => {
      control.reset()
      return done(c)
    })
  })
}

function found(c: Context<ApiEnvironment>, user: { [key: string]: Json } | undefined): Response {
  return user ? c.json(user) : c.json({ error: 'There is no such user' }, 404)
}
