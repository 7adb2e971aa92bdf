import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startServer } from '../demo/server/start-server.js'
import { meaningOf } from '../src/backendless/fault-codes.js'
import * as backendless from '../src/backendless/index.js'
import { openBackendless, type BackendlessOptions, type ClientOptions } from '../src/backendless/index.js'
import { conditions, type Told } from './support/guide-conditions.js'
import { runSample, samplesOf, tableAfter, typeErrors } from './support/samples.js'
import { makeWorld } from './support/world.js'
import packageJson from '../package.json' with { type: 'json' }

const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'DECISIONS.md',
  'CHANGELOG.md',
  'RELIABILITY.md',
  'BENCHMARKS.md',
  'SECURITY.md',
  'demo/server/README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const page = (path: string): string => readFileSync(path, 'utf8')
const readme = page('README.md')
const reference = page('docs/api.md')
const faultsPage = page('docs/faults.md')
const examples = [...samplesOf(readme), ...samplesOf(page('docs/guide.md'))].map(({ code }) => code)
const faultSamples = samplesOf(faultsPage)

it('the README decides in two minutes: it has at most 150 lines', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(150)
})

describe.each(documents)('%s', (document) => {
  const text = page(document)

  it('names only files that are there', () => {
    const named = [...text.matchAll(/`((?:(?:src|test|demo|docs|\.ci)\/|[A-Z]+\b)[\w./-]*)`/g)]
      .map(([, path]) => path!)
      .filter((path) => path.includes('/') || path.includes('.'))
    expect(named.filter((path) => !existsSync(path))).toEqual([])
  })

  it('names only commands that package.json has', () => {
    const named = [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, command]) => command!)
    expect(named.filter((command) => !Object.hasOwn(packageJson.scripts, command))).toEqual([])
  })
})

describe('the tables of docs/faults.md', () => {
  it('say of each documented condition which kind it is', () => {
    const rows = tableAfter(faultsPage, '## The documented conditions').map(([code, , kind]) => [
      Number(code),
      unquoted(kind),
    ])
    expect(rows.map(([code]) => code)).toEqual([2002, 3018, 3024, 3028, 3029, 3030, 3031, 3045])
    expect(rows).toEqual(rows.map(([code]) => [code, meaningOf(code as number, {}).kind]))
  })

  it('say of every code which kind it is', () => {
    const single = new Map<number, string>()
    const ranges: { from: number; to: number; kind: string }[] = []
    for (const [kind, codes] of tableAfter(faultsPage, '## Kinds of failure')) {
      for (const [, from, to] of codes!.matchAll(/(\d+)(?: to (\d+))?/g)) {
        if (to) ranges.push({ from: Number(from), to: Number(to), kind: unquoted(kind) })
        else single.set(Number(from), unquoted(kind))
      }
    }
    const written = (code: number): string =>
      single.get(code) ?? ranges.find(({ from, to }) => code >= from && code <= to)?.kind ?? 'other'
    const wrong: string[] = []
    for (let code = 0; code <= 20_000; code++) {
      const { kind } = meaningOf(code, {})
      if (kind !== written(code)) wrong.push(`${code} is ${kind}, not ${written(code)}`)
    }
    expect(wrong).toEqual([])
  })
})

describe('the examples of the README and the guide', () => {
  it('pass the type checker, as do the lists of options and of members of docs/api.md', { timeout: 60_000 }, () => {
    const listed = (heading: string): string[] =>
      tableAfter(reference, heading).flatMap(([cell]) => [...cell!.matchAll(/`([\w.$]+)`/g)].map(([, name]) => name!))
    const keys = (names: readonly string[]): string => `{ ${names.map((name) => `${name}: true`).join(', ')} }`
    const members = listed('## Members')
    const ofUsers = members.filter((name) => name.startsWith('users.')).map((name) => name.slice('users.'.length))
    const ofApp = ['users', ...members.filter((name) => !name.includes('.'))]
    const lists = `
      import type { BackendlessApp, openBackendless } from 'holdfast/backendless'
      type All<T> = { [K in T extends unknown ? keyof T : never]: true }
      export const options: All<Parameters<typeof openBackendless>[0]> = ${keys(listed('## Options'))}
      export const users: All<BackendlessApp['users']> = ${keys(ofUsers)}
      export const app: All<BackendlessApp> = ${keys(ofApp)}
    `
    expect(typeErrors([lists, ...examples.map(withPrelude)])).toEqual([])
  })

  it('begin with one that runs as it stands', async () => {
    const server = await startServer({ port: 0, appId: 'MY-APP', apiKey: 'MY-KEY' })
    onTestFinished(() => server.stop())
    await fetch(`${server.apiRoot}/users/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'james@example.com', password: 'low-tide-at-9' }),
    })
    const lines: unknown[][] = []
    const console = { log: (...words: unknown[]) => void lines.push(words) }
    const open = (options: BackendlessOptions & ClientOptions) => {
      const app = openBackendless({
        ...options,
        baseUrl: server.url,
        platform: { databases: { factory: { indexedDB: new IDBFactory(), IDBKeyRange } } },
      } as BackendlessOptions & ClientOptions)
      onTestFinished(() => app.close())
      return app
    }
    await runSample(examples[0]!, { openBackendless: open, console })

    expect(lines.at(-1)).toEqual(['accepted'])
    expect(lines).toContainEqual(['shown', 'James'])
    expect(lines.filter(([word]) => word === 'refused')).toEqual([])
  })
})

describe('the samples of docs/faults.md', () => {
  it('pass the type checker', { timeout: 60_000 }, () => {
    expect(typeErrors(faultSamples.map(({ code }) => withPrelude(code)))).toEqual([])
  })

  it('are about ten lines each, one to a heading, and each has its condition', () => {
    expect(faultSamples.filter(({ code }) => code.trim().split('\n').length > 11)).toEqual([])
    expect(faultSamples.map(({ heading }) => heading)).toEqual(Object.keys(conditions))
  })

  it.each(faultSamples)('$heading: does what it says', async ({ heading, code }) => {
    const condition = conditions[heading]!
    const world = await makeWorld(condition.world)
    const tab = await world.signedIn()
    const told: Told = { shown: [], marked: {}, asked: [] }
    const scene = { world, tab, told }
    await condition.make(scene)
    const running = runSample(code, {
      ...backendless,
      app: tab.app,
      // The page's clock is that of the world.
      Date: { now: () => world.clock.now() },
      show: (what: unknown) => void told.shown.push(what),
      mark(property: string, text: string) {
        if (text) told.marked[property] = text
        else delete told.marked[property]
      },
      ask(question: string) {
        told.asked.push(question)
        return Promise.resolve(true)
      },
    })
    await world.quiet()
    await condition.meanwhile?.(scene)
    await world.quiet()
    await running
    await world.quiet()
    await condition.check(scene)
  })
})

function unquoted(cell: string | undefined): string {
  return cell!.replaceAll('`', '')
}

/** The declarations that the page's later examples take for granted. */
function withPrelude(code: string): string {
  if (/^const app = /m.test(code)) return code
  return `
    import type { BackendlessApp } from 'holdfast/backendless'
    interface Me { objectId: string; email: string; name: string | null; city: string }
    declare const app: BackendlessApp<Me>
    declare function show(what: unknown): void
    declare function mark(property: string, text: string): void
    declare function ask(question: string): Promise<boolean>
    void [app, show, mark, ask]
    ${code}
  `
}
