import { Hono, type MiddlewareHandler } from 'hono'
import { controlTokenCheck } from './control/control-token.js'
import { interference } from './control/interference.js'
import { backendlessAnswers, updateRules, type ServerControl } from './control/control.js'
import type { ApiEnvironment } from './environment.js'
import { Fault, faultBody, faultCodes } from './faults.js'
import { openToAll } from './open-to-all.js'
import { controlRoutes } from './routes/control.js'
import { dataRoutes } from './routes/data.js'
import { transactionRoutes } from './routes/tables.js'
import { userRoutes } from './routes/users.js'
import type { Store } from './store/store.js'
import type { UpdateRules } from './users/update-user.js'

export interface AppOptions {
  readonly appId: string
  readonly apiKey: string
  /** The token that opens the control path, `/control`; without one there is no such path. */
  readonly controlToken: string | undefined
}

/** Wires routes, control and store into the application that answers requests. */
export function createApp(
  store: Store,
  control: ServerControl,
  now: () => number,
  options: AppOptions,
): Hono<ApiEnvironment> {
  const app = new Hono<ApiEnvironment>()
  const root = `/${options.appId}/${options.apiKey}`
  const open = openToAll()

  if (options.controlToken !== undefined) {
    app.use('/control/*', open, controlTokenCheck(options.controlToken))
    app.route('/control', controlRoutes(control))
  }

  const api = new Hono<ApiEnvironment>()
  api.use(async (c, next) => {
    c.set('operation', operationPath(c.req.path, ['/api', root]))
    await next()
  })
  api.use(interference(control, backendlessAnswers))
  api.use(open)
  api.use(session(store, control))
  api.get('/info', (c) => {
    const { origin } = new URL(c.req.url)
    return c.json({ rtURL: `${origin}/rt`, appId: options.appId, apiKey: options.apiKey })
  })
  const rules = (): UpdateRules => updateRules(control.settings, now)
  api.route('/users', userRoutes(store, rules))
  api.route('/data', dataRoutes(store, rules))
  api.route('/transaction', transactionRoutes(store, rules))
  api.all('*', (c) => {
    throw new Fault(
      faultCodes.unreadableRequest,
      `There is no operation ${c.req.method} ${c.get('operation').slice(0, 200)}`,
      {
        status: 404,
      },
    )
  })

  app.route(root, api)
  app.route('/api', api)
  app.use(open)
  app.all('*', () => {
    throw new Fault(faultCodes.wrongApplication, 'Unable to find application. Check application id and API key')
  })
  app.onError((error, c) => {
    if (error instanceof Fault) return c.json(faultBody(error), error.status as 400)
    // No fault shape, and no word of the cause: a mistake of the server is no verdict on a request.
    console.error(error)
    return c.json({ error: 'Internal Server Error' }, 500)
  })
  return app
}

/** Puts the caller behind a request's token; a token that is dead fails any operation but the two that are exempt. */
function session(store: Store, control: ServerControl): MiddlewareHandler<ApiEnvironment> {
  return async (c, next) => {
    const token = c.req.header('user-token') ?? ''
    const exempt = /^\/users\/(login$|isvalidusertoken\/)/.test(c.get('operation'))
    c.set('callerId', null)
    c.set('token', null)
    if (token !== '' && !exempt) {
      const { sessionTimeoutSeconds, deadTokenStatus } = control.settings.switches
      const userId = store.sessions.userOf(token, { idleTimeoutMs: sessionTimeoutSeconds * 1000, touch: true })
      if (userId === undefined) {
        throw new Fault(
          faultCodes.deadToken,
          `Not existing user token - ${token}. Relogin user to update your user token`,
          { status: deadTokenStatus },
        )
      }
      if (store.users.byId(userId)?.userStatus === 'DISABLED') {
        throw new Fault(faultCodes.accountDisabled, 'User account is disabled')
      }
      c.set('callerId', userId)
      c.set('token', token)
    }
    await next()
  }
}

function operationPath(path: string, roots: readonly string[]): string {
  const root = roots.find((prefix) => path === prefix || path.startsWith(`${prefix}/`)) ?? ''
  return path.slice(root.length)
}
