import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Json, Properties } from '../../src/model/record.js'
import type { RestList } from '../../src/rest/endpoint.js'
import { DJANGO_INSTALL_COMMAND, hasDjango } from '../support/suites/django.js'
import { askApi, cookieHeader, type ServedApi, type ServerKind } from './server-kind.js'

export interface DjangoServer extends ServedApi {
  /** Logs in as an account; the token ends an older one of it. */
  newToken(account: string): Promise<string>
}

const password = 'low-tide-at-9'

/** Starts `serve.py` on a free port, with its data in a folder of its own that goes with it. */
export async function startDjango(): Promise<DjangoServer> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-django-'))
  const child = spawn('/usr/bin/python3', ['-B', 'test/servers/django/serve.py', join(folder, 'db.sqlite3')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [unknown]
  const listening = /^listening on (.*)$/.exec(String(line))?.[1]
  if (listening === undefined) throw new Error(`Django did not start: ${String(line)}`)
  const url = `${listening}/v1/`
  const newToken = async (account: string): Promise<string> =>
    (await askApi(url, 'POST', 'token/', { login: account, password })).json.token as string
  const judge = { authorization: `Bearer ${await newToken('judge')}` }
  let token = await newToken('ann')
  const ask = async (method: string, path: string, body?: object): Promise<Properties> =>
    (await askApi(url, method, path, body, judge)).json
  return {
    url,
    async newToken(account) {
      return (token = await newToken(account))
    },
    options: () => ({ token: () => token }),
    async all(collection) {
      const found: Properties[] = []
      for (let path: string | undefined = `${collection}/`; path !== undefined;) {
        const { results, next } = await ask('GET', path)
        found.push(...(results as Properties[]))
        path = next === null ? undefined : (next as string).slice(url.length)
      }
      return found
    },
    ask: (method, path, body) => ask(method, `${path}/`, body),
    async stop() {
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A page of Django REST framework: its records, and the address of the next one. */
const list: RestList = {
  page(json) {
    const { results, next } = json as { results: Json[]; next: string | null }
    return { records: results, next: next ?? undefined }
  },
}

/** Django REST framework with a model, a serializer and a viewset for each collection, as its own tutorial has them. */
export const django: ServerKind<DjangoServer> = {
  name: 'Django REST framework',
  installCommand: () => (hasDjango() ? undefined : DJANGO_INSTALL_COMMAND),
  start: startDjango,
  isSlow: true,
  collections: {
    notes: { ids: 'device', path: 'notes/', list, refs: { author: 'authors' } },
    authors: { ids: 'server', path: 'authors/', list, clientKey: 'client_key' },
  },
  ref: 'author',
  modes: { 'by-find': { clientKey: 'client_key' }, never: {} },
  refuses: { name: 'x'.repeat(21), title: 'x'.repeat(201) },
  cookies: {
    logIn: async ({ url }) => (await askApi(url, 'POST', 'session/', { login: 'ann', password })).cookies,
    async end({ url }, cookies) {
      const headers = { cookie: cookieHeader(cookies), 'x-csrftoken': cookies.get('csrftoken')! }
      await askApi(url, 'POST', 'session/end/', {}, headers)
    },
    options: (cookies) => ({
      session: { path: 'me/', account: (json) => (json as { id: string }).id },
      headers: () => ({ 'x-csrftoken': cookies.get('csrftoken') ?? '' }),
    }),
  },
  newToken: (server) => server.newToken('ann'),
  forms: { envelopes: { collections: (of) => of } },
  paged: {},
  leftOut: {
    'by-key': 'it knows no key of a request',
    'a write is answered with 204': 'it answers with the whole record',
    'a write is answered with a part of the record': 'it answers with the whole record',
  },
}
