import { onTestFinished } from 'vitest'
import {
  startRestServer,
  type RestServerOptions,
  type RunningRestServer,
} from '../../demo/server/rest/start-rest-server.js'
import { textOf } from '../../demo/server/json.js'
import { call, type Answer } from './api.js'

/** Starts a server of the REST mode, in memory unless `data` says otherwise, that ends with the test. */
export async function serveRest(options: RestServerOptions = {}): Promise<RunningRestServer> {
  const server = await startRestServer(options)
  onTestFinished(() => server.stop())
  return server
}

export interface RestCall {
  readonly body?: unknown
  readonly token?: string
  readonly key?: string
  readonly headers?: Record<string, string>
}

/** One request to the API; a body that is a string goes as it is, anything else as JSON. */
export function ask(
  { root }: Pick<RunningRestServer, 'root'>,
  method: string,
  path: string,
  { body, token, key, headers = {} }: RestCall = {},
): Promise<Answer> {
  return call(root, method, path, {
    ...(body !== undefined && { body }),
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(key !== undefined && { 'idempotency-key': `"${key}"` }),
      ...headers,
    },
  })
}

/** The accounts of the default schema. */
export const ann = { login: 'ann@example.com', password: 'iAmAnn' }
export const james = { login: 'james@example.com', password: 'low-tide-at-9' }

/** Logs in; resolves with the token of the session. */
export async function logInTo(server: Pick<RunningRestServer, 'root'>, account: typeof ann): Promise<string> {
  const { body } = await ask(server, 'POST', 'session', { body: account })
  return textOf(body.token ?? '')
}

/** A refusal in the form of RFC 9457, and nothing in it of how the server is made. */
export function problem(status: number, code: string, errors?: object): object {
  return { status, body: { status, code, ...(errors && { errors }) } }
}
