import { Hono, type Context } from 'hono'
import type { ApiEnvironment } from '../environment.js'
import { Fault, faultCodes } from '../faults.js'
import { readProperties } from '../read-body.js'
import { describedColumns } from '../store/columns.js'
import type { Store } from '../store/store.js'
import { identityKey } from '../store/users.js'
import { loginUser } from '../users/login-user.js'
import { registerGuest, registerUser } from '../users/register-user.js'
import { cutTime, updateUser, type UpdateRules } from '../users/update-user.js'
import { pickProperties, userObject } from '../users/user-object.js'
import { callOf, listOf } from './query.js'

/** The user service. `rules` is asked at each request, since the control path can change them. */
export function userRoutes(store: Store, rules: () => UpdateRules): Hono<ApiEnvironment> {
  const routes = new Hono<ApiEnvironment>()

  routes.post('/register', async (c) => {
    const row = await registerUser(store, { sent: await readProperties(c), callerId: c.get('callerId') }, rules())
    // A captured answer of a registration lacks these two.
    const { lastLogin: _lastLogin, socialAccount: _socialAccount, ...user } = userObject(row, store.columns)
    return c.json(user)
  })

  routes.post('/register/guest', (c) => {
    const { nowMs, switches } = rules()
    const { row, token } = store.transaction(() => {
      const guest = registerGuest(store, cutTime(nowMs, switches.timePrecision))
      return { row: guest, token: store.sessions.begin(guest.objectId, { alone: false }) }
    })
    return c.json({ ...userObject(row, store.columns), 'user-token': token })
  })

  routes.post('/login', async (c) => {
    const { row, token } = await loginUser(store, await readProperties(c), rules())
    return c.json({ ...userObject(row, store.columns), 'user-token': token })
  })

  // Without a token there is nothing to end, and the official SDK's own tests count on that being fine.
  routes.get('/logout', (c) => {
    const token = c.get('token')
    if (token !== null) store.sessions.end(token)
    return c.body('')
  })

  routes.get('/isvalidusertoken/:token', (c) => {
    const idleTimeoutMs = rules().switches.sessionTimeoutSeconds * 1000
    return c.json(store.sessions.userOf(c.req.param('token'), { idleTimeoutMs, touch: false }) !== undefined)
  })

  routes.get('/userclassprops', (c) => c.json(describedColumns(store.columns)))

  routes.get('/restorepassword/:identity', (c) => {
    const key = identityKey(c.req.param('identity'))
    if (key === null || !store.users.byIdentity(key)) {
      throw new Fault(faultCodes.noSuchIdentity, 'Cannot perform password recovery. No user has this identity')
    }
    return c.body('')
  })

  routes.post('/resendconfirmation/:identity', () => {
    throw new Fault(faultCodes.confirmationOff, 'Unable to send email confirmation: this application asks for none')
  })

  routes.get('/userroles', (c) =>
    c.json(c.get('callerId') === null ? ['NotAuthenticatedUser', 'RestUser'] : ['AuthenticatedUser', 'RestUser']),
  )

  // The JavaScript SDK sends the misspelt path.
  for (const path of ['/verifypassword', '/verifypassowrd']) {
    routes.post(path, () => {
      throw new Fault(faultCodes.passwordCheckReserved, 'Password verification allowed only from CloudCode')
    })
  }

  routes.put('/:id/status', () => {
    throw new Fault(faultCodes.reservedForServerCode, 'Operation allowed only for BL logic.')
  })

  routes.put('/:id', (c) => updateRoute(c, store, rules))

  routes.get('/:id', (c) => {
    const row = store.users.byId(c.req.param('id'))
    if (!row) throw new Fault(faultCodes.entityNotFound, `Entity with ID ${c.req.param('id')} not found`)
    const names = listOf(c, 'props')
    const withObjectId = names.length > 0 && rules().switches.objectIdWithProps === 'on'
    return c.json(pickProperties(userObject(row, store.columns), withObjectId ? ['objectId', ...names] : names))
  })

  return routes
}

async function updateRoute(
  c: Context<ApiEnvironment, '/:id'>,
  store: Store,
  rules: () => UpdateRules,
): Promise<Response> {
  const request = { userId: c.req.param('id'), sent: await readProperties(c), ...callOf(c), source: 'update' } as const
  const row = await updateUser(store, request, rules())
  return c.json(userObject(row, store.columns))
}
