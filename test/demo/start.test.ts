import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { demoTables } from '../../demo/demo-tables.js'
import { ann, demoSchema, james } from '../../demo/demo-users.js'
import { applicationOf } from '../../demo/real-application.js'
import { namesOnNetwork } from '../../demo/server/known-hosts.js'
import { startServer } from '../../demo/server/start-server.js'

// Each starts a process that builds the page, on a machine that may be busy with other suites.
vi.setConfig({ testTimeout: 60_000 })

let data: string
let started: ChildProcess | undefined

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'holdfast-start-'))
})
afterEach(() => {
  started?.kill('SIGKILL')
  rmSync(data, { recursive: true, force: true, maxRetries: 3 })
})

interface Started {
  readonly child: ChildProcess
  readonly page: string
  readonly server: string
  readonly controlToken: string
  readonly printed: string
}

/** Runs the program of `npm start` on free ports; resolves with the addresses that it prints. */
const start = (...options: readonly string[]): Promise<Started> => startWith({}, ...options)

async function startWith(more: NodeJS.ProcessEnv, ...options: readonly string[]): Promise<Started> {
  const args = [
    '--import',
    'tsx',
    'demo/start.ts',
    '--data',
    data,
    '--port',
    '0',
    '--page-port',
    '0',
    '--jobs',
    '3',
    ...options,
  ]
  const env = { ...process.env, ...more }
  const child = (started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env }))
  let printed = ''
  for await (const chunk of child.stdout!.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += String(chunk)
    if (printed.includes('Ctrl+C ends it')) break
  }
  const address = (name: string): string => new RegExp(`${name} +(http://127.0.0.1:\\d+)`).exec(printed)?.[1] ?? ''
  const controlToken = /control +([\w-]+)/.exec(printed)?.[1] ?? ''
  return { child, page: address('Fieldbook'), server: address('server'), controlToken, printed }
}

test('opens the demo to a network on demand, with the addresses there and what browsers withhold', async () => {
  const { page, printed } = await start('--host', '0.0.0.0')
  const { port } = new URL(page)
  const urls = namesOnNetwork('0.0.0.0').map((name) => `http://${name}:${port}/`)
  expect([...printed.matchAll(/(\S+) \(for everyone on this network\)/g)].map(([, url]) => url)).toEqual(urls)
  for (const url of urls) expect((await fetch(url)).status).toBe(200)
  expect(printed).toMatch(/\d{3} kB as sent/)
  expect(printed).toMatch(/withhold from plain http there: service workers/)
})

test('names what a real application lacks, and starts no server of its own', async () => {
  const real = await startServer({
    schema: demoSchema.filter(({ name }) => name !== 'nickname'),
    tables: { Job: demoTables.Job.filter(({ name }) => name !== 'due') },
  })
  onTestFinished(() => real.stop())
  const env = { BACKENDLESS_APP_ID: real.appId, BACKENDLESS_API_KEY: real.apiKey, BACKENDLESS_URL: real.url }
  const { printed, page } = await startWith(env)
  expect(printed).toContain(`at ${real.url}`)
  const { headers } = await fetch(`${page}/`)
  expect(headers.get('content-security-policy')).toContain(` ${real.url};`)
  expect([...printed.matchAll(/The table "Users" .*/g)].join()).toBe('The table "Users" has no column "nickname"')
  expect(printed).toContain('The table "Job" has no column "due"')
  expect(printed).toContain('The table "Note" cannot be used: Table not found')
  expect(printed).not.toContain('control')
  expect((await fetch(`${page}/api`)).status).toBe(404)
})

test.for(['api.example.com', 'https://api.example.com/v1', 'ftp://api.example.com'])(
  'refuses an address of an API that is no origin: %s',
  (url) => {
    const environment = { BACKENDLESS_APP_ID: 'a', BACKENDLESS_API_KEY: 'k', BACKENDLESS_URL: url }
    expect(() => applicationOf(environment)).toThrow(`BACKENDLESS_URL has to be an origin such as`)
  },
)

const textAt = async (url: string): Promise<string> => (await fetch(url)).text()

test.for(['SIGINT', 'SIGTERM'] as const)('serves the page with its parts, and stops cleanly on %s', async (signal) => {
  const { child, page, server } = await start()
  const html = await textAt(`${page}/`)
  const parts = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!)

  expect(new Set(parts.map((path) => path.slice(path.lastIndexOf('.'))))).toEqual(
    new Set(['.css', '.js', '.png', '.svg', '.webmanifest']),
  )
  for (const path of parts) expect((await fetch(page + path)).status).toBe(200)
  expect((await fetch(`${page}/nothing`)).status).toBe(404)

  child.kill(signal)
  expect(await once(child, 'exit')).toEqual([0, null])
  await expect(fetch(page)).rejects.toThrow()
  await expect(fetch(server)).rejects.toThrow()
})

test.for([
  [['--port', 'x'], '--port has to be a whole number from 0 to 65535, not "x"\n'],
  [['--page-port', 'x'], '--page-port has to be a whole number from 0 to 65535, not "x"\n'],
  [['--nonsense'], "Unknown option '--nonsense'\n"],
] as const)('says what is wrong with an argument, and exits with 1: %j', async ([args, message]) => {
  const all = ['--import', 'tsx', 'demo/start.ts', '--data', data, ...args]
  const child = (started = spawn(process.execPath, all, { stdio: ['ignore', 'ignore', 'pipe'] }))
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  expect(await once(child, 'exit')).toEqual([1, null])
  expect(said).toBe(message)
})

test('offers the control path, and two accounts that outlive a restart', async () => {
  for (let visit = 1; visit <= 2; visit++) {
    const { child, page, server, controlToken } = await start()
    const headers = { 'content-type': 'application/json', 'control-token': controlToken }
    expect(await textAt(`${page}/control-token`)).toBe(controlToken)
    const root = `${page}/api`
    for (const { email, password } of [james, ann]) {
      const answer = await fetch(`${root}/users/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ login: email, password }),
      })
      expect(await answer.json()).toMatchObject({ email, ...(visit === 2 && { name: 'set from elsewhere' }) })
      const user = (await (await fetch(`${server}/control/users?identity=${email}`, { headers })).json()) as {
        objectId: string
      }
      await fetch(`${server}/control/users/${user.objectId}`, {
        method: 'PUT',
        headers,
        body: JSON.stringify({ name: 'set from elsewhere' }),
      })
    }
    child.kill()
    await once(child, 'exit')
  }
})
