import { connect } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { controlTokenHeader } from '../../demo/server/control/control-token.js'
import { textOf, type Json } from '../../demo/server/json.js'
import { startServer, type RunningServer, type ServerOptions } from '../../demo/server/start-server.js'

/** An answer of the server, its body read as JSON where it is some. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: { [key: string]: Json }
}

export interface Account {
  readonly id: string
  readonly token: string
}

/** Starts a server in memory that ends with the test. */
export async function serve(options: ServerOptions = {}): Promise<RunningServer> {
  const server = await startServer(options)
  onTestFinished(() => server.stop())
  return server
}

/** One request to an API root; a body that is a string goes as it is, anything else as JSON. */
export async function call(
  root: string,
  method: string,
  path: string,
  { body, token, headers = {} }: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(root + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { 'user-token': token }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  let parsed: unknown = null
  try {
    parsed = JSON.parse(text)
  } catch {
    // A test that looks at `body` then fails on the null, and shows the text.
  }
  return { status: response.status, headers: response.headers, text, body: parsed as Answer['body'] }
}

/** One request to the control path of a server, with its token. */
export function callControl(
  { url, controlToken = '' }: Pick<RunningServer, 'url' | 'controlToken'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  return call(`${url}/control`, method, path, { body, headers: { [controlTokenHeader]: controlToken } })
}

/** Registers a user and logs in. */
export async function signUp(root: string, email: string, properties: object = {}): Promise<Account> {
  await call(root, 'POST', '/users/register', { body: { email, password: 'secret-1', ...properties } })
  return logIn(root, email)
}

export async function logIn(root: string, email: string, password = 'secret-1'): Promise<Account> {
  const { body } = await call(root, 'POST', '/users/login', { body: { login: email, password } })
  return { id: textOf(body.objectId ?? ''), token: textOf(body['user-token'] ?? '') }
}

/** Bytes as they are over a connection of their own; resolves with all that came back once the server has closed it. */
export function raw({ port }: { readonly port: number }, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    socket.on('data', (chunk) => (received += chunk.toString('latin1')))
    socket.on('error', () => resolve(received))
    socket.on('close', () => resolve(received))
  })
}

/** The server is as it was: the row of James untouched, and answering. */
export async function expectUnharmed({ apiRoot, control }: RunningServer, { id }: { id: string }): Promise<void> {
  const { status, body } = await call(apiRoot, 'GET', `/users/${id}`)
  expect(status).toBe(200)
  expect(body).toMatchObject({ email: 'james@example.com', name: 'James', updated: null })
  expect(control.log()).toEqual([])
}
