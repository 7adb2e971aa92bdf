import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readRestCommandLine, restUsage } from '../../demo/server/rest/command-line.js'
import { checkSchema, type Schema } from '../../demo/server/rest/schema.js'
import { startRestServer } from '../../demo/server/rest/start-rest-server.js'
import { restSwitchValues } from '../../demo/server/rest/switches.js'
import { startServerProcess } from '../support/server-process.js'
import { ann, ask, logInTo, serveRest } from './rest-api.js'

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-rest-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const small = (more: object = {}, fields: object = {}): Schema =>
  checkSchema({
    collections: { notes: { ids: 'client', fields: { title: { type: 'text' }, ...fields }, ...more } },
    accounts: [{ id: 'eve', login: 'Eve', password: 'secret-1' }],
  })

describe('a server that is stopped and started again', () => {
  it('has records, versions, kept answers, sessions, tokens and deletions as they were', async () => {
    const data = temporaryDirectory()
    const first = await startRestServer({ data })
    const token = await logInTo(first, ann)
    const post = (server: typeof first) => ask(server, 'POST', 'authors', { body: { name: 'Ann' }, key: 'k1', token })
    const made = await post(first)
    first.control.create('notes', { id: 'n1', title: 'Milk', authorId: 1, slug: 'milk' })
    const { since } = (await ask(first, 'GET', 'notes?since=')).body as { since: string }
    first.control.create('notes', { id: 'n2', title: 'Tea' })
    first.control.delete('notes', 'n2')
    await first.stop()
    await expect(ask(first, 'GET', 'notes')).rejects.toThrow('fetch failed')

    const second = await serveRest({ data, port: first.port })
    expect(second.root).toBe(first.root)
    expect(await post(second)).toMatchObject({ status: 201, text: made.text })
    expect((await ask(second, 'POST', 'authors', { body: { name: 'Bob' } })).body.id).toBe(2)
    expect((await ask(second, 'GET', 'me', { token })).status).toBe(200)
    expect((await ask(second, 'GET', `notes?since=${since}`)).body).toMatchObject({ items: [], gone: ['n2'] })
    expect((await ask(second, 'GET', 'notes/n1')).headers.get('etag')).toBe('"2"')
    expect((await ask(second, 'GET', 'notes?slug=milk')).body).toHaveLength(1)
    expect((await ask(second, 'DELETE', 'authors/1')).status).toBe(409)
    expect(second.control.log().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
  })

  it(
    'loses no write that was answered to kill -9, and makes none twice that was not',
    { timeout: 30_000 },
    async () => {
      const server = await startServerProcess('--rest')
      onTestFinished(() => server.remove())
      const sent: string[] = []
      const answered: string[] = []
      const post = (key: string) => ask({ root: server.apiRoot }, 'POST', 'jobs', { body: { title: key }, key })
      for (let life = 1; life <= 2; life += 1) {
        const writer = async (): Promise<void> => {
          for (;;) {
            const key = `k${sent.length}`
            sent.push(key)
            expect((await post(key)).status).toBe(201)
            answered.push(key)
            if (answered.length === life * 40) void server.kill()
          }
        }
        await Promise.all([writer(), writer(), writer()].map((each) => expect(each).rejects.toThrow('fetch failed')))
        await server.start()
      }
      const titles = async () =>
        (await server.control<{ title: string }[]>('GET', '/records/jobs')).map(({ title }) => title)
      expect(await titles()).toEqual(expect.arrayContaining(answered))
      for (const key of sent) expect((await post(key)).status).toBe(201)
      expect((await titles()).sort()).toEqual([...sent].sort())
    },
  )
})

describe('a data directory', () => {
  it('goes on with the schema it was made with, which new collections and fields may join', async () => {
    const data = temporaryDirectory()
    await (await startRestServer({ data, schema: small() })).stop()
    const again = await startRestServer({ data })
    expect(Object.keys(again.schema.collections)).toEqual(['notes'])
    again.control.create('notes', { id: 'n1', title: 'Milk' })
    await again.stop()
    const more = small({ refs: { parentId: 'notes' } }, { parentId: { type: 'id' } })
    const joined = await startRestServer({ data, schema: more })
    expect(joined.control.update('notes', 'n1', { parentId: 'n1' })).toMatchObject({ title: 'Milk', parentId: 'n1' })
    await joined.stop()
    for (const [schema, where] of [
      [small(), 'notes.fields.parentId'],
      [small({ ids: 'text' }), 'notes.ids'],
      [small({}, { title: { type: 'text', unique: true } }), 'notes.fields.title'],
      [checkSchema({ collections: { jobs: { ids: 'client', fields: {} } } }), 'notes'],
      [
        small({ refs: { parentId: 'notes' } }, { parentId: { type: 'id' }, x: { type: 'text', required: true } }),
        'notes.fields.x',
      ],
    ] as const) {
      await expect(startRestServer({ data, schema })).rejects.toThrow(`which differs in "${where}"`)
    }
    await (await startRestServer({ data })).stop()
  })

  it('is of one server at a time, and of one mode each in its own file', async () => {
    const data = temporaryDirectory()
    const server = await startRestServer({ data })
    await expect(startRestServer({ data })).rejects.toThrow('another server has it open')
    await server.stop()
    expect(readdirSync(data)).toContain('rest.db')
  })

  it('can be read by its owner alone, and has no password in it', async () => {
    const data = temporaryDirectory()
    chmodSync(data, 0o755)
    const server = await serveRest({ data, schema: small() })
    await logInTo(server, { login: 'EVE', password: 'secret-1' })
    for (const file of readdirSync(data)) {
      expect((statSync(join(data, file)).mode & 0o077).toString(8), file).toBe('0')
      expect(readFileSync(join(data, file), 'latin1'), file).not.toContain('secret-1')
    }
  })
})

describe('a schema', () => {
  const collection = (more: object) => ({ collections: { notes: { ids: 'client', fields: {}, ...more } } })
  const field = (more: object) => collection({ fields: { title: { type: 'text', ...more } } })

  it.each<[unknown, string]>([
    [[], 'The schema has to be an object'],
    [{ collections: {} }, 'The schema has no collections'],
    [{ collections: [], x: 1 }, 'The schema has "x"'],
    [{ collections: { 'a b': {} } }, 'A collection cannot be called "a b"'],
    [{ collections: { session: {} } }, 'A collection cannot be called "session"'],
    [{ collections: { constructor: {} } }, 'A collection cannot be called "constructor"'],
    [collection({ ids: 'any' }), '"ids" of the collection "notes" has to be client, integer or text, not "any"'],
    [collection({ odd: 1 }), 'The collection "notes" has "odd"'],
    [collection({ fields: { id: { type: 'text' } } }), 'A field cannot be called "id"'],
    [collection({ fields: { since: { type: 'text' } } }), 'A field cannot be called "since"'],
    [collection({ fields: { a: null } }), 'The field "notes.a" has to be an object'],
    [collection({ fields: { a: { type: 'id' } } }), 'The field "notes.a" is an id: "refs" has to say'],
    [collection({ refs: { a: 'notes' } }), 'The ref "notes.a" has to begin with a field'],
    [collection({ fields: { a: { type: 'json' } }, refs: { a: 'x' } }), 'names the collection "x", which there is not'],
    [field({ type: 'TEXT' }), 'The field "notes.title" has the unknown type "TEXT"'],
    [field({ required: 1 }), '"required" of the field "notes.title" has to be true or false'],
    [field({ maxLength: 0 }), '"maxLength" of the field "notes.title" has to be'],
    [field({ set: 'create' }), 'The field "notes.title" is set, and has to be a time'],
    [field({ set: 'never', type: 'time' }), '"set" of the field "notes.title" has to be create or update'],
    [field({ unique: true, type: 'json' }), 'The field "notes.title" is JSON, which cannot be unique'],
    [field({ default: 7 }), 'The default of the field "notes.title" has to be text'],
    [field({ pattern: 'x' }), 'The field "notes.title" has "pattern", which no field has'],
    [{ ...collection({}), accounts: {} }, '"accounts" has to be a list'],
    [{ ...collection({}), accounts: [{ id: 'a', login: 'a' }] }, '"password" of an account has to be text'],
    [
      {
        ...collection({}),
        accounts: [
          { id: 'a', login: 'a', password: 'x' },
          { id: 'b', login: 'a', password: 'x' },
        ],
      },
      'Two accounts have the login a',
    ],
  ])('cannot be %j', (value, message) => {
    expect(() => checkSchema(value)).toThrow(message)
  })
})

describe('the command', () => {
  it('has a default for everything, and an option for each switch', () => {
    expect(readRestCommandLine(['--rest'], {})).toEqual({
      port: 4010,
      data: '.data',
      control: false,
      switches: {},
      cors: {},
    })
    const options = '--if-match required --session-timeout 0.5 --dead-session-status 403 --paging offset'
    const more = '--origins https://a.example,https://b.example --cors-headers Content-Type --body-limit 100 --host ::'
    expect(readRestCommandLine(['--rest', ...`${options} ${more}`.split(' ')], {})).toMatchObject({
      host: '::',
      switches: { ifMatch: 'required', sessionTimeoutSeconds: 0.5, deadSessionStatus: 403, paging: 'offset' },
      cors: { origins: ['https://a.example', 'https://b.example'], allowHeaders: ['Content-Type'] },
      largestBodyBytes: 100,
    })
    expect(readRestCommandLine(['--rest', '--origins', 'local'], {})).toMatchObject({ cors: { origins: 'local' } })
    expect(readRestCommandLine(['--rest', '--help'], {})).toBe('help')
    for (const values of Object.values(restSwitchValues)) {
      expect(restUsage).toContain(values === 'seconds' ? 'SECONDS' : values.join('|'))
    }
  })

  it('has its switches on the page of the server, with their values in their order', () => {
    const page = readFileSync('demo/server/README.md', 'utf8')
    for (const [name, values] of Object.entries(restSwitchValues)) {
      if (values === 'seconds') continue
      const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      const shown = values.map((value) => (typeof value === 'number' ? String(value) : `\`${value}\``)).join(', ')
      expect(page).toContain(`| \`${option}\` | ${shown} |`)
    }
  })

  it.each([
    [['--port', 'x'], '--port has to be a whole number from 0 to 65535, not "x"'],
    [['--if-match', 'maybe'], '--if-match cannot be "maybe": use optional or required'],
    [['--session-timeout', 'x'], '--session-timeout cannot be "x": use a number of seconds above 0'],
    [['--body-limit', '0'], '--body-limit has to be a number of bytes, not "0"'],
    [['--app-id', 'x'], "Unknown option '--app-id'"],
    [['--schema', 'no/such.json'], 'The schema no/such.json cannot be read: ENOENT'],
  ])('names the option and its value: %j', (args, message) => {
    expect(() => readRestCommandLine(['--rest', ...args], {})).toThrow(message)
  })

  it('takes a schema file, and says what is wrong with one', { timeout: 20_000 }, async () => {
    const file = join(temporaryDirectory(), 'schema.json')
    writeFileSync(file, `\ufeff${JSON.stringify(small())}`)
    const server = await startServerProcess('--rest', '--schema', file, '--access', 'session')
    onTestFinished(() => server.remove())
    const token = await logInTo({ root: server.apiRoot }, { login: 'eve', password: 'secret-1' })
    const body = { id: 'n1', title: 'Milk' }
    expect((await ask({ root: server.apiRoot }, 'POST', 'notes', { body, token })).status).toBe(201)
    writeFileSync(file, '{"collections":{}}')
    const child = spawn(process.execPath, ['--import', 'tsx', 'demo/server/main.ts', '--rest', '--schema', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    expect(await once(child, 'exit')).toEqual([1, null])
    expect(said).toBe(`The schema ${file}: The schema has no collections\n`)
  })
})
