import { Hono } from 'hono'
import { controlTokenCheck } from '../control/control-token.js'
import { interference } from '../control/interference.js'
import type { ApiEnvironment } from '../environment.js'
import { openToAll } from '../open-to-all.js'
import { collectionRoutes } from './collections.js'
import { restControlRoutes } from './control-routes.js'
import type { RestControl } from './control.js'
import { cors, corsHeaders } from './cors.js'
import { createIdempotency } from './idempotency.js'
import { Problem, problemAnswer } from './problem.js'
import { bodyReader } from './request-body.js'
import { sessionCheck, sessionRoutes } from './sessions.js'
import type { RestStore } from './store/rest-store.js'

/** The path of the API's root. */
export const rootPath = '/v1'

export interface RestAppOptions {
  /** The token that opens the control path, `/control`; without one there is no such path. */
  readonly controlToken: string | undefined
  readonly largestBodyBytes: number
}

/** Wires routes, control and store into the application that answers requests. */
export function createRestApp(
  store: RestStore,
  control: RestControl,
  now: () => number,
  { controlToken, largestBodyBytes }: RestAppOptions,
): Hono<ApiEnvironment> {
  const app = new Hono<ApiEnvironment>()
  if (controlToken !== undefined) {
    app.use('/control/*', openToAll('PATCH'), controlTokenCheck(controlToken))
    app.route('/control', restControlRoutes(control))
  }
  const { settings } = control
  const read = bodyReader(largestBodyBytes)
  const switches = () => settings.switches
  const withCookies = (): boolean => settings.switches.sessionBy === 'cookie'

  const api = new Hono<ApiEnvironment>()
  api.use(async (c, next) => {
    c.set('operation', c.req.path.slice(rootPath.length))
    await next()
  })
  api.use(interference(control, { cors: (c) => corsHeaders(c.req.header('origin'), settings.cors, withCookies()) }))
  api.use(cors(() => settings.cors, withCookies))
  api.use(async (c, next) => {
    await next()
    // A cache's record may be older than what its reader has just written.
    c.res.headers.set('Cache-Control', 'no-store')
  })
  api.use(sessionCheck(store, switches))
  api.route('/', sessionRoutes(store, switches, read))
  api.route('/', collectionRoutes({ store, control, now, read, idempotency: createIdempotency(store), root: rootPath }))
  app.route(rootPath, api)
  app.all('*', (c) => {
    throw new Problem(404, 'no-such-path', `There is no ${c.req.path.slice(0, 200)}: the API begins at ${rootPath}/`)
  })
  app.onError((error) => {
    if (error instanceof Problem) return problemAnswer(error)
    // No word of the cause: a mistake of the server is no verdict on a request.
    console.error(error)
    return Response.json({ title: 'Internal Server Error', status: 500 }, { status: 500 })
  })
  return app
}
