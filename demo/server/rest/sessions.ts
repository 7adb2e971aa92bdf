import { Hono, type Context, type MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { ApiEnvironment } from '../environment.js'
import type { Json } from '../json.js'
import { isPassword, nobodysHash } from '../passwords.js'
import { Problem } from './problem.js'
import { readObject, type BodyReader } from './request-body.js'
import type { StoredAccount } from './store/accounts.js'
import type { RestStore } from './store/rest-store.js'
import type { RestSwitches } from './switches.js'

const cookieName = 'session'
const challenge = { 'WWW-Authenticate': 'Bearer' }

/**
 * Puts the account behind a request's session. A session that is gone fails any request but a login, also where collections are
 * open to everybody: the caller has to know that it is nobody any more.
 */
export function sessionCheck(store: RestStore, switches: () => RestSwitches): MiddlewareHandler<ApiEnvironment> {
  return async (c, next) => {
    const { sessionTimeoutSeconds, deadSessionStatus, access } = switches()
    const token = tokenIn(c, switches())
    const path = c.get('operation')
    const isLogin = path === '/session' && c.req.method === 'POST'
    const options = { idleTimeoutMs: sessionTimeoutSeconds * 1000, touch: true }
    const callerId = token === null || isLogin ? null : (store.sessions.userOf(token, options) ?? null)
    c.set('token', token)
    c.set('callerId', callerId)
    if (callerId === null && !isLogin && (token !== null || access === 'session' || path === '/me')) {
      const detail =
        token === null ? 'This request needs a session: log in first' : 'The session has ended: log in again'
      throw new Problem(token === null ? 401 : deadSessionStatus, 'no-session', detail, { headers: challenge })
    }
    await next()
  }
}

/** Login, logout, and the account of the session. */
export function sessionRoutes(store: RestStore, switches: () => RestSwitches, read: BodyReader): Hono<ApiEnvironment> {
  const routes = new Hono<ApiEnvironment>()
  routes.post('/session', async (c) => {
    const { properties } = readObject(await read(c))
    const account = await accountOf(store, properties.get('login') ?? '', properties.get('password') ?? '')
    const token = store.sessions.begin(account.id, { alone: false })
    if (switches().sessionBy === 'bearer') return c.json({ token, account: accountJson(account) })
    // Lax: the browser sends it with no request that a page of another site makes.
    setCookie(c, cookieName, token, { path: '/', httpOnly: true, sameSite: 'Lax' })
    return c.json({ account: accountJson(account) })
  })
  routes.delete('/session', (c) => {
    const token = c.get('token')
    if (token !== null) store.sessions.end(token)
    if (switches().sessionBy === 'cookie') deleteCookie(c, cookieName, { path: '/' })
    return c.body(null, 204)
  })
  routes.get('/me', (c) => c.json(accountJson(store.accounts.byId(c.get('callerId')!)!)))
  return routes
}

function tokenIn(c: Context<ApiEnvironment>, { sessionBy }: RestSwitches): string | null {
  if (sessionBy === 'cookie') return getCookie(c, cookieName) ?? null
  return /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? null
}

async function accountOf(store: RestStore, login: Json, password: Json): Promise<StoredAccount> {
  const found = typeof login === 'string' ? store.accounts.byLogin(login) : undefined
  // Hashed for an unknown login too: the time of an answer would else reveal who has an account.
  const isRight = typeof password === 'string' && (await isPassword(password, found?.passwordHash ?? nobodysHash))
  if (found && isRight) return found
  throw new Problem(401, 'wrong-login', 'Login or password is wrong', { headers: challenge })
}

function accountJson({ id, login, name }: StoredAccount): { [field: string]: Json } {
  return { id, login, name }
}
