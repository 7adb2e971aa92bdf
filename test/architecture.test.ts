import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { breaches, readSources } from './support/architecture.js'
import { boundBreaches } from './support/bounds.js'
import { kindComparisons } from './support/failure-kinds.js'
import { assertedIn, invariantBreaches } from './support/invariants.js'
import { pureFiles, purityBreaches } from './support/purity.js'
import { ruleBreaches } from './support/rules.js'
import { vendorWords } from './support/vendor-words.js'

const house = (files: Record<string, string>) => breaches(new Map(Object.entries(files)))

test('the sources keep the rules of the house', () => {
  const sources = readSources('src')

  expect(sources.size).toBeGreaterThan(0)
  expect(breaches(sources)).toEqual([])
})

describe('floors', () => {
  test('imports that run downwards, or stay in a room, are allowed', () => {
    expect(
      house({
        'model/edit.ts': `export type Edit = string`,
        'store/rows.ts': `import type { Edit } from '../model/edit.js'\nexport type Row = Edit`,
        'store/edits.ts': `import type { Row } from './rows.js'\nexport type Rows = Row[]`,
        'client/client.ts': `export { type Rows } from '../store/edits.js'\nimport './save-edit.js'`,
        'client/save-edit.ts': `export {}`,
        'index.ts': `export * from './client/client.js'`,
      }),
    ).toEqual([])
  })

  test('an upward import is a breach', () => {
    expect(house({ 'model/edit.ts': `import '../store/edits.js'`, 'store/edits.ts': `` })).toEqual([
      'model/edit.ts: imports store/edits.ts upwards (floor 1 to 3)',
    ])
  })

  test('an upward import of a type is a breach', () => {
    const upwards = ['model/edit.ts: imports client/client.ts upwards (floor 1 to 5)']

    expect(house({ 'model/edit.ts': `import type { C } from '../client/client.js'`, 'client/client.ts': `` })).toEqual(
      upwards,
    )
    expect(house({ 'model/edit.ts': `export type { C } from '../client/client.js'`, 'client/client.ts': `` })).toEqual(
      upwards,
    )
    expect(house({ 'model/edit.ts': `type C = import('../client/client.js').C`, 'client/client.ts': `` })).toEqual(
      upwards,
    )
  })

  test('a dynamic import counts', () => {
    expect(house({ 'client/client.ts': `await import('../index.js')`, 'index.ts': `` })).toEqual([
      'client/client.ts: imports index.ts upwards (floor 5 to 6)',
    ])
  })

  test('rooms of one floor do not see each other', () => {
    expect(house({ 'sync/lane.ts': `import '../live/view.js'`, 'live/view.ts': `` })).toEqual([
      'sync/lane.ts: imports live/view.ts, another room of floor 4',
    ])
    expect(house({ 'backendless/index.ts': `import '../index.js'`, 'index.ts': `` })).toEqual([
      'backendless/index.ts: imports index.ts, another room of floor 6',
    ])
  })

  test('a folder that no floor has is a breach, and so is a file that is not there', () => {
    expect(house({ 'utils/text.ts': `` })).toEqual(['utils/text.ts: no floor of the house has the folder utils/'])
    expect(house({ 'client.ts': `` })).toEqual(['client.ts: no floor of the house has files beside index.ts'])
    expect(house({ 'model/a.ts': `import './gone.js'` })).toEqual([
      'model/a.ts: imports ./gone.js, which does not exist',
    ])
  })

  test('a cycle is a breach, also through types', () => {
    expect(
      house({
        'model/a.ts': `import type { B } from './b.js'`,
        'model/b.ts': `import type { C } from './c.js'`,
        'model/c.ts': `import { a } from './b.js'`,
      }),
    ).toEqual(['model/b.ts: is in a cycle: model/b.ts -> model/c.ts -> model/b.ts'])
  })
})

describe('names', () => {
  test('an export of the same name in two files is a breach, and one that hands another one on is none', () => {
    expect(
      house({
        'model/a.ts': `export interface Run {}\nexport function one(): void\nexport function one() {}`,
        'store/a.ts': `export type { Run } from '../model/a.js'\nexport type One = 1\nexport const two = 2`,
        'store/b.ts': `export class One {}\nconst two = 3`,
      }),
    ).toEqual(['One: is exported by store/a.ts and store/b.ts'])
  })
})

describe('packages', () => {
  test('each package has its place', () => {
    expect(
      house({
        'store/database.ts': `import { Dexie } from 'dexie'`,
        'endpoint/http.ts': `import ky from 'ky'`,
        'live/record.ts': `import { map } from 'rxjs/operators'`,
      }),
    ).toEqual([])
  })

  test.each([
    ['dexie', 'sync/lane.ts'],
    ['ky', 'endpoint/proof.ts'],
    ['rxjs', 'session/accounts.ts'],
    ['react', 'live/record.ts'],
    ['lodash', 'model/patch.ts'],
  ])('%s in %s is a breach', (name, path) => {
    expect(house({ [path]: `import type { X } from '${name}'` })).toEqual([`${path}: must not import ${name}`])
  })

  test.each(['service-worker/index.ts', 'backendless/endpoint.ts'])('rxjs in the graph of %s is a breach', (entry) => {
    expect(
      house({ [entry]: `import { x } from '../live/record.js'`, 'live/record.ts': `import { Subject } from 'rxjs'` }),
    ).toEqual([`${entry}: loads rxjs through ${entry} -> live/record.ts`])
  })

  test('a type of rxjs in the graph of a worker costs nothing', () => {
    expect(
      house({
        'backendless/endpoint.ts': `import type { X } from '../live/record.js'\nimport { type Y } from '../live/record.js'`,
        'live/record.ts': `import { Subject } from 'rxjs'`,
      }),
    ).toEqual([])
  })
})

describe('globals', () => {
  test.each([
    ['Date.now', 'const t = Date.now()'],
    ['new Date', 'const t = new Date()'],
    ['new Date', 'const t = new Date(5)'],
    ['Date()', 'const t = Date()'],
    ['Math.random', 'const r = Math.random()'],
    ['AbortSignal.timeout', 'const s = AbortSignal.timeout(5)'],
    ['setTimeout', 'setTimeout(() => {}, 1)'],
    ['setInterval', 'const every = setInterval'],
    ['navigator', 'const on = navigator.onLine'],
    ['navigator', 'const on = typeof navigator === "undefined"'],
    ['document', 'document.title = "x"'],
    ['window', 'window.close()'],
    ['globalThis', 'const f = globalThis.fetch'],
    ['fetch', 'const platform = { fetch }'],
    ['fetch', 'const platform = { get: fetch }'],
    ['fetch', 'function send(get = fetch) {}'],
    ['fetch', 'function send({ get = fetch }) {}'],
    ['crypto', 'const id = crypto.randomUUID()'],
    ['indexedDB', 'indexedDB.open("x")'],
    ['BroadcastChannel', 'const c = new BroadcastChannel("x")'],
    ['BroadcastChannel', 'class Channel extends BroadcastChannel {}'],
    ['caches', 'await caches.open("x")'],
    ['localStorage', 'localStorage.x = 1'],
  ])('%s is a breach outside platform/: %s', (name, source) => {
    expect(house({ 'sync/sender.ts': source })).toEqual([`sync/sender.ts: uses ${name}, which only platform/ may`])
    expect(house({ 'platform/browser.ts': source })).toEqual([])
  })

  test.each([
    'function send({ fetch }: { fetch: typeof globalThis.fetch }) { return fetch("x") }',
    'interface Context { fetch: typeof fetch }',
    'const send = (context: { fetch: (url: string) => void }) => context.fetch("x")',
    'import { fetch } from "./own.js"\nfetch()',
    'const cutAt = (window: number) => window + 1',
    'const ms = (value: unknown) => value instanceof Date ? value.getTime() : Date.parse(String(value))',
    'const platform = { fetch: 1, document: 2 }',
  ])('is not mistaken for a global: %s', (source) => {
    expect(house({ 'sync/sender.ts': source, 'sync/own.ts': 'export const fetch = () => {}' })).toEqual([])
  })
})

describe('options', () => {
  test('an option that code reads is kept', () => {
    expect(
      house({
        'client/options.ts': `export interface ClientOptions { database: string; freshForMs?: number; kinds: { a: 1 } }`,
        'client/client.ts': `const open = ({ database }) => database\nconst fresh = (o) => [o.freshForMs, o['kinds']]`,
      }),
    ).toEqual([])
  })

  test('an option that no code reads is a breach', () => {
    expect(
      house({
        'client/options.ts': `export interface ClientOptions { database: string; freshForMs?: number }`,
        'backendless/index.ts': `export type BackendlessOptions = { appId: string } | { baseUrl: string }`,
        'client/client.ts': `const open = (o) => { o.database = 'x' }\nconst made = { freshForMs: 1, baseUrl: '' }`,
      }),
    ).toEqual([
      'client/options.ts: no code reads the option ClientOptions.database',
      'client/options.ts: no code reads the option ClientOptions.freshForMs',
      'backendless/index.ts: no code reads the option BackendlessOptions.appId',
      'backendless/index.ts: no code reads the option BackendlessOptions.baseUrl',
    ])
  })
})

describe('the words of a vendor', () => {
  const found = (path: string, code: string) => vendorWords(new Map([[path, code]]))

  test('are in its own room alone', () => {
    expect(vendorWords(readSources('src'))).toEqual([])
  })

  test.each([
    `/** The user's own values. */`,
    `const account = session.userId`,
    `const headers = { 'user-token': token }`,
    `const id = record.objectId`,
    `if (code === 3028) return`,
    `import { userKey } from './users.js'`,
    `// As Backendless does.`,
  ])('are a breach elsewhere: %s', (code) => {
    expect(found('client/client.ts', code)).toEqual([`client/client.ts:1: ${code}`])
    expect(found('backendless/users.ts', code)).toEqual([])
  })

  test.each([`const agent = navigator.userAgent`, `const hourMs = 3_600_000`, `const limit = 2048`])(
    'is not mistaken for one: %s',
    (code) => {
      expect(found('platform/databases.ts', code)).toEqual([])
    },
  )
})

describe('failure kinds', () => {
  const failure = `export type FailureKind = 'busy' | 'gone' | 'other'\nexport interface Failure { kind: FailureKind }`
  const fault = `export type FaultKind = 'gone' | 'stalled'`
  const planted = (code: string, path = 'sync/wait.ts') =>
    kindComparisons(
      new Map([
        ['model/failure.ts', failure],
        ['model/fault.ts', fault],
        [path, code],
      ]),
    ).breaches
  const head = `import type { Failure, FailureKind } from '../model/failure.js'\nimport type { FaultKind } from '../model/fault.js'\n`

  test('are compared with a literal in the file of their table alone', () => {
    const { kinds, breaches: found } = kindComparisons(readSources('src'))

    expect([...kinds]).toEqual(expect.arrayContaining(['auth', 'busy', 'timeout', 'stalled']))
    expect(found).toEqual([])
  }, 30_000)

  test.each([
    [`export const f = ({ kind }: Failure) => kind === 'busy'`, `kind === 'busy'`],
    [`export const f = (failure: Failure) => 'busy' !== failure.kind`, `'busy' !== failure.kind`],
    [`export const f = (failure?: Failure) => failure?.kind == 'busy'`, `failure?.kind == 'busy'`],
    [`export const f = ({ kind: why }: Failure) => why === 'gone'`, `why === 'gone'`],
    [`export const f = (word: FaultKind) => word === 'stalled'`, `word === 'stalled'`],
    [`export const f = (kind: string) => kind === 'busy'`, `kind === 'busy'`],
    [`export const f = (failure: Failure) => { switch (failure.kind) { case 'busy': } }`, `case 'busy'`],
    [`export const f = ({ kind }: Failure) => ['busy', 'gone'].includes(kind)`, `['busy', 'gone'].includes(kind)`],
    [
      `const some: FailureKind[] = ['busy']\nexport const f = (one: FailureKind) => some.includes(one)`,
      `some.includes(one)`,
    ],
    [
      `const some = new Set<FailureKind>(['gone'])\nexport const f = (one: FailureKind) => some.has(one)`,
      `some.has(one)`,
    ],
  ])('a comparison elsewhere is a breach: %s', (code, shown) => {
    expect(planted(head + code)).toEqual([expect.stringMatching(/^sync\/wait\.ts:\d+: /)])
    expect(planted(head + code)[0]).toContain(shown)
    expect(kindComparisons(new Map([['model/failure.ts', `${failure}\n${code}`]])).breaches).toEqual([])
  })

  test.each([
    `export const failure: Failure = { kind: 'busy' }`,
    `export const f = (word: 'send' | 'gone') => word === 'gone'`,
    `export const f = (event: { type: 'other' | 'read'; kind: FailureKind }) => event.type === 'other'`,
    `export const f = (node: { kind: 'list' | 'other' }) => node.kind === 'other'`,
    `export const f = (one: FailureKind, two: FailureKind) => one === two`,
    `export const f = (words: string[], kind: FailureKind) => words.includes(kind)`,
    `export const f = (text: string) => text === 'busy'`,
  ])('is not mistaken for one: %s', (code) => {
    expect(planted(head + code)).toEqual([])
  })
})

describe('pure files', () => {
  const pure = (files: Record<string, string>) => purityBreaches(new Map(Object.entries(files)))

  test('have no effect', () => {
    const sources = readSources('src')

    expect(pureFiles(sources)).toEqual(
      expect.arrayContaining(['sync/lane/plan.ts', 'sync/backoff.ts', 'model/patch.ts']),
    )
    expect(purityBreaches(sources)).toEqual([])
  })

  test('may use each other, and types', () => {
    expect(
      pure({
        'model/patch.ts': `export const same = 1`,
        'sync/next-act.ts': `/* Pure: what is next. */\nimport type { Row } from '../store/rows.js'\nimport { same } from '../model/patch.js'`,
        'sync/lane/plan.ts': `import { next } from '../next-act.js'\nimport { type Row } from '../../store/rows.js'`,
        'store/rows.ts': `import { Dexie } from 'dexie'\nexport interface Row {}`,
        'sync/sender.ts': `// Impurely sends.\nimport { put } from '../store/rows.js'\nconst at = clock.now()`,
      }),
    ).toEqual([])
  })

  test.each([
    [`import { put } from '../../store/rows.js'`, 'uses store/rows.ts, which is not'],
    [`import { send } from '../../endpoint/http.js'`, 'uses endpoint/http.ts, which is not'],
    [`import { Subject } from 'rxjs'`, 'uses rxjs, which is not'],
    [`import '../sender.js'`, 'uses sync/sender.ts, which is not'],
    [`export * from '../sender.js'`, 'uses sync/sender.ts, which is not'],
    [`const rows = import('../../store/rows.js')`, 'uses store/rows.ts, which is not'],
    [
      `import type { Clock } from '../../platform/platform.js'`,
      'has platform/platform.ts: it is given times and chances',
    ],
    [`const at = clock.now()`, 'reads clock.now'],
    [`const wait = (c) => c.clock.sleep(5)`, 'reads c.clock.sleep'],
    [`const chance = context.random.number()`, 'reads context.random.number'],
    [`const at = Date.now()`, 'reads Date.now'],
    [`const at = new Date()`, 'reads new Date()'],
    [`const chance = Math.random()`, 'reads Math.random'],
    [`const at = performance.now()`, 'reads performance.now'],
    [`const id = crypto.randomUUID()`, 'reads crypto.randomUUID'],
    [`const f = async (row) => await row`, 'reads await row'],
  ])('an effect in one is a breach: %s', (code, shown) => {
    expect(pure({ 'sync/lane/plan.ts': code })).toEqual([`sync/lane/plan.ts: is pure, and ${shown}`])
    expect(
      pure({
        'sync/agenda.ts': `// Pure: the lanes of a round.\n${code.replaceAll('../../', '../').replace("'../sender", "'./sender")}`,
      }),
    ).toEqual([`sync/agenda.ts: is pure, and ${shown}`])
    expect(pure({ 'sync/sender.ts': code })).toEqual([])
  })
})

describe('invariants', () => {
  const stated = `// L1: no edit ends twice.\nassert(isOpen, 'L1', 'edit')`
  const broken = `it('an edit that ends twice breaks L1', () => {})`
  const breachesOf = (source: string, ...tests: string[]) =>
    invariantBreaches(new Map([['sync/a.ts', source]]), new Map(tests.map((text, at) => [`${at}.test.ts`, text])))

  test('that are asserted are stated beside it, and broken by a test', () => {
    const tests = new Map([...readSources('test')].filter(([path]) => path.endsWith('.test.ts')))
    // These have numbers of their own making.
    for (const path of ['architecture.test.ts', 'model/assert.test.ts']) expect(tests.delete(path)).toBe(true)
    const sources = readSources('src')

    expect(assertedIn(sources).map(({ number }) => number)).toEqual(expect.arrayContaining(['L1', 'T1']))
    expect(invariantBreaches(sources, tests)).toEqual([])
  })

  test('are a breach where one is not', () => {
    expect(breachesOf(stated, broken)).toEqual([])
    expect(breachesOf(`const a = \`${'$'}{b}\`\n{\n  ${stated}\n}`, broken)).toEqual([])
    expect(breachesOf(stated, `it.each([['ends twice', 'L1']])('an edit that %s breaks %s', () => {})`)).toEqual([])
    expect(breachesOf(`assert(isOpen, 'L1', 'edit')`, broken)).toEqual([
      'sync/a.ts: asserts L1, and no comment of it says what that is',
    ])
    expect(breachesOf(stated, `// L1\nit('an edit ends', () => {})`)).toEqual([
      'sync/a.ts: asserts L1, which no test breaks',
    ])
    expect(breachesOf(`assert(isOpen, name, 'edit')`, broken)).toEqual([
      'sync/a.ts: asserts no number, which is no number of an invariant',
    ])
  })
})

describe('bounds', () => {
  const bounds = (code: string) => boundBreaches(new Map([['sync/a.ts', code]]))
  const lines = (count: number) => 'f()\n'.repeat(count)
  const variables = (count: number) => Array.from({ length: count }, (_, at) => `let v${at} = 0\n`).join('')

  test('are kept by all files', () => {
    expect(boundBreaches(readSources('src'))).toEqual([])
  })

  test('are 150 lines for a function, eight mutable variables for a scope, and 320 lines for a file', () => {
    expect(bounds(`function a() {\n${lines(148)}}`)).toEqual([])
    expect(bounds(`function a() {\n${variables(8)}}\nconst b = () => {\n${variables(8)}}\n${variables(8)}`)).toEqual([])
    expect(bounds(lines(320))).toEqual([])
  })

  test.each([
    [`function a() {\n${lines(149)}}`, 'sync/a.ts a: has 151 lines'],
    [`const a = {\n  b: () => {\n${lines(150)}},\n}`, 'sync/a.ts b: has 152 lines'],
    [`class A {\n  b() {\n${lines(150)}}\n}`, 'sync/a.ts b: has 152 lines'],
    [`const a = () => {\n${variables(9)}}`, 'sync/a.ts a: has 9 mutable variables'],
    [
      `function a() {\nif (b) {\n${variables(5)}}\nlet [c, { d, ...e }] = f, g = 1\n}`,
      'sync/a.ts a: has 9 mutable variables',
    ],
    [variables(9), 'sync/a.ts: has 9 mutable variables'],
    [lines(321), 'sync/a.ts: has 321 lines'],
  ])('are broken by more: %#', (code, breach) => {
    expect(bounds(code)).toEqual([breach])
  })
})

test('every rule, guarantee and invariant that is cited is defined, and all but the guarantees are kept and held where they say', () => {
  const files = new Map(
    ['src', 'test'].flatMap((folder) => [...readSources(folder)].map(([path, text]) => [`${folder}/${path}`, text])),
  )
  // These are about numbers, and have some of their own.
  for (const path of ['test/architecture.test.ts', 'test/support/rules.ts']) files.delete(path)

  expect(files.size).toBeGreaterThan(100)
  expect(ruleBreaches(readFileSync('ARCHITECTURE.md', 'utf8'), files)).toEqual([])
})

describe('a breach of the numbers', () => {
  const document = '| R1 Order | Edits keep their order. | `src/order.ts` | `test/order.test.ts` |\n'
  const kept = ['src/order.ts', '// Keeps the order (R1).'] as const
  const held = [
    'test/order.test.ts',
    "describe('order', () => {\n  it.each([1])('%d stays in its place (R1)', () => {})\n})",
  ] as const
  const breachesOf = (text: string, ...files: (readonly [string, string])[]): string[] =>
    ruleBreaches(text, new Map(files))

  test('is none, where a file says that it keeps the rule, and a title or the head of a test that it holds it', () => {
    expect(breachesOf(document, kept, held)).toEqual([])
    expect(breachesOf(document, kept, ['test/order.test.ts', '/* Stays in its place (R1). */'])).toEqual([])
  })

  test('is a number that is cited and not defined, also within a range', () => {
    expect(breachesOf(document, kept, held, ['src/other.ts', '// As R2 says.'])).toEqual([
      'src/other.ts: cites R2, which is not defined',
    ])
    expect(breachesOf(document, kept, held, ['src/other.ts', '// R1 to R3'])).toEqual([
      'src/other.ts: cites R2, which is not defined',
      'src/other.ts: cites R3, which is not defined',
    ])
  })

  test('is a rule that nothing keeps, or nothing holds', () => {
    expect(breachesOf('| R1 Order | Edits keep their order. | | |\n')).toEqual([
      'R1: no file of src/ keeps it',
      'R1: no test holds it',
    ])
  })

  test('is a file that is not there', () => {
    expect(breachesOf(document, held)).toEqual(['R1: src/order.ts is not there'])
    expect(breachesOf(document, kept)).toEqual(['R1: test/order.test.ts is not there'])
  })

  test('is a file that does not say so, or a test that does so only in passing', () => {
    expect(breachesOf(document, ['src/order.ts', '// Keeps the order.'], held)).toEqual([
      'R1: src/order.ts does not say that it keeps it',
    ])
    expect(breachesOf(document, kept, ['test/order.test.ts', "it('stays', () => {\n  // By R1.\n})"])).toEqual([
      'R1: neither a title nor the head of test/order.test.ts says that it holds it',
    ])
  })

  test('is an invariant of the sender that nothing keeps or holds, or that is not defined', () => {
    expect(breachesOf('| S1 a | A lane is in one place. | | |\n', ['src/other.ts', '// S2: none is lost.'])).toEqual([
      'src/other.ts: cites S2, which is not defined',
      'S1: no file of src/ keeps it',
      'S1: no test holds it',
    ])
  })

  test('is a number that is defined twice', () => {
    expect(breachesOf(document + document, kept, held)).toEqual(['R1: is defined twice'])
  })
})
