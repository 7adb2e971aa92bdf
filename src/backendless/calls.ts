// Floor 6: the online calls of the user service. None rejects; none puts a password or token into a failure (G11).
import { ruleOf } from '../model/failure.js'
import type { Json, Properties } from '../model/record.js'
import { ask, askDescription, proveRecord, type CallContext, type Outcome, type ProvenRecord } from './ask.js'
import { backendOf, type BackendlessOptions } from './backend.js'

/** A session as login gives it; `record` has neither token nor password. */
export interface LoggedIn extends ProvenRecord {
  token: string
}

export interface BackendlessCalls {
  login(identity: string, password: string, context: CallContext): Promise<Outcome<LoggedIn>>
  loginAsGuest(context: CallContext): Promise<Outcome<LoggedIn>>
  /** Logs nobody in. A guest becomes a user when `properties` has the guest's `objectId`, and `token` is the guest's. */
  register(properties: Properties, token: string | undefined, context: CallContext): Promise<Outcome<ProvenRecord>>
  /** Succeeds as well when the session had ended before. */
  logout(token: string, context: CallContext): Promise<Outcome<object>>
  restorePassword(identity: string, context: CallContext): Promise<Outcome<object>>
  changePassword(
    { userId, token, password }: { userId: string; token: string; password: string },
    context: CallContext,
  ): Promise<Outcome<ProvenRecord>>
  describe(token: string | undefined, context: CallContext): Promise<Outcome<{ description: Json }>>
}

/** The calls for one backend. Throws a `TypeError` for options that name none. */
export function backendlessCalls(options: BackendlessOptions): BackendlessCalls {
  const backend = backendOf(options)
  return {
    // Without a token: a dead one would fail any call that carries it.
    login: (identity, password, context) =>
      ask(
        backend,
        { method: 'POST', path: 'users/login', body: { login: identity, password }, secret: password },
        context,
        proveSession,
      ),

    loginAsGuest: (context) => ask(backend, { method: 'POST', path: 'users/register/guest' }, context, proveSession),

    register: (properties, token, context) =>
      ask(
        backend,
        { method: 'POST', path: 'users/register', body: properties, token, secret: properties.password },
        context,
        (json) => proveRecord(json, textOf(properties.objectId)),
      ),

    async logout(token, context) {
      const left = await ask(backend, { method: 'GET', path: 'users/logout', token }, context, proveDone)
      return left.ok || ruleOf(left.failure.kind).scope !== 'account' ? left : { ok: true }
    },

    restorePassword: (identity, context) =>
      ask(backend, { method: 'GET', path: 'users/restorepassword/', id: identity }, context, proveDone),

    changePassword: ({ userId, token, password }, context) =>
      ask(
        backend,
        {
          method: 'PUT',
          path: 'users/',
          id: userId,
          body: { password },
          token,
          secret: password,
          endsSession: true,
        },
        context,
        (json) => proveRecord(json, userId),
      ),

    describe: (token, context) => askDescription(backend, token, context),
  }
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function proveSession(json: Json | undefined): LoggedIn | string {
  const proven = proveRecord(json)
  if (typeof proven === 'string') return proven
  const token = (json as Properties)['user-token']
  return typeof token === 'string' && token ? { ...proven, token } : 'is a user without a token'
}

/** These calls have an empty answer, as the REST documentation has it; any other answer is not the backend's (G12). */
function proveDone(json: Json | undefined): object | string {
  return json == null ? {} : 'is not empty'
}
