import { describe, expect, it } from 'vitest'
import type { RunningRestServer } from '../../demo/server/rest/start-rest-server.js'
import { raw, type Answer } from './api.js'
import { ask, serveRest } from './rest-api.js'

async function withNote(): Promise<RunningRestServer> {
  const server = await serveRest()
  server.control.create('notes', { id: 'n1', title: 'Milk', slug: 'milk' })
  return server
}

/** A refusal of the request, with nothing in it of how the server is made. */
function expectProblem(answer: Answer): void {
  expect(answer.headers.get('content-type'), answer.text).toBe('application/problem+json')
  expect(answer.body).toMatchObject({ status: answer.status, code: expect.any(String), detail: expect.any(String) })
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.status).toBeLessThan(500)
  expect(answer.text).not.toMatch(/sqlite|indexed_values|node_modules|\.ts:|:\d+:\d+/i)
}

/** The server is as it was, and answers. */
async function expectUnharmed(server: RunningRestServer): Promise<void> {
  expect((await ask(server, 'GET', 'notes')).body).toMatchObject([{ id: 'n1', title: 'Milk', text: null }])
  expect(server.control.log()).toHaveLength(1)
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
}

describe('a hostile body', () => {
  it.each([
    ['no body', undefined],
    ['broken JSON', '{"title": '],
    ['no JSON', 'title=x'],
    ['an array', '[{"title":"x"}]'],
    ['a string', '"x"'],
    ['a number', '1'],
    ['null', 'null'],
    ['deep nesting', `{"labels":${'['.repeat(62)}${']'.repeat(62)}}`],
    ['nesting that exhausts a stack', `{"labels":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    ['nested objects', `{"labels":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
    ['an infinite number', '{"rank": 1e999}'],
    ['a prototype', '{"__proto__":{"polluted":1}}'],
    ['a null prototype', '{"__proto__":null}'],
    ['a prototype in JSON', '{"labels":{"__proto__":{"polluted":1}}}'],
    ['a prototype deep in JSON', '{"labels":[{"a":{"constructor":{"prototype":{"polluted":1}}}}]}'],
    ['names of an object', '{"toString":"x","constructor":1,"hasOwnProperty":2}'],
    ['an id that is another', '{"id":{"a":1}}'],
    ['a text that is too long', JSON.stringify({ text: 'x'.repeat(1_000_001) })],
  ])('is refused: %s', async (_what, body) => {
    const server = await withNote()
    for (const type of ['application/json', 'application/merge-patch+json']) {
      expectProblem(await ask(server, 'PATCH', 'notes/n1', { body, headers: { 'content-type': type } }))
    }
    expectProblem(await ask(server, 'POST', 'notes', { body }))
    expectProblem(await ask(server, 'PUT', 'notes/n2', { body, headers: { 'if-none-match': '*' } }))
    expectProblem(await ask(server, 'POST', 'session', { body }))
    await expectUnharmed(server)
  })

  it('is refused: larger than the limit, and the answer can be read', async () => {
    const server = await withNote()
    const large = await ask(server, 'PATCH', 'notes/n1', { body: { text: 'x'.repeat(5 * 1024 * 1024) } })
    expectProblem(large)
    expect(large.status).toBe(413)
    await expectUnharmed(server)
    const small = await serveRest({ largestBodyBytes: 30 })
    expect((await ask(small, 'POST', 'authors', { body: { name: 'x'.repeat(40) } })).status).toBe(413)
    expect((await ask(small, 'POST', 'authors', { body: { name: 'x' } })).status).toBe(201)
    await expect(serveRest({ largestBodyBytes: 0 })).rejects.toThrow('The largest body has to be')
  })

  it('is refused: bytes that are not UTF-8, and another type of content', async () => {
    const server = await withNote()
    const patch = (body: BodyInit, type: string) =>
      fetch(`${server.root}notes/n1`, { method: 'PATCH', body, headers: { 'content-type': type } })
    expect((await patch(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), 'application/json')).status).toBe(400)
    for (const type of ['text/plain', 'application/jsonx', 'application/x-www-form-urlencoded']) {
      expect((await patch('{"title":"x"}', type)).status, type).toBe(415)
    }
    await expectUnharmed(server)
  })

  it('does not name a prototype in the errors of an answer', async () => {
    const refused = await ask(await withNote(), 'PATCH', 'notes/n1', { body: '{"__proto__":1,"colour":2}' })
    expect(refused.body.errors).toEqual({ colour: ['is no field of notes'] })
    expect(Object.keys(refused.body.errors as object)).toEqual(['colour'])
  })

  it('with 20,000 fields is refused by a short answer', async () => {
    const server = await withNote()
    const body = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`p${index}`, 1]))
    const refused = await ask(server, 'PATCH', 'notes/n1', { body })
    expectProblem(refused)
    expect(refused.text.length).toBeLessThan(20_000)
    await expectUnharmed(server)
  })
})

describe('SQL and other texts in every place', () => {
  const texts = [
    "' OR '1'='1",
    "'; DROP TABLE records; --",
    "x' UNION SELECT * FROM sessions --",
    '\u0000',
    '%',
    '\\',
    '__proto__',
  ]

  it('find nothing, name nothing and change nothing', async () => {
    const server = await withNote()
    for (const text of texts) {
      const encoded = encodeURIComponent(text)
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        expectProblem(await ask(server, method, `notes/${encoded}`, method === 'PATCH' ? { body: {} } : {}))
      }
      expectProblem(await ask(server, 'GET', encoded))
      expectProblem(await ask(server, 'GET', `notes?${encoded}=x`))
      expectProblem(await ask(server, 'GET', `notes?since=${encoded}`))
      expectProblem(await ask(server, 'GET', `notes?cursor=${encoded}`))
      expectProblem(await ask(server, 'POST', 'session', { body: { login: text, password: text } }))
      expectProblem(await ask(server, 'POST', 'notes', { body: { id: 'n2', title: 'x', notebookId: text } }))
      expectProblem(await ask(server, 'PATCH', 'notes/n1', { body: { [text]: 1 } }))
      expect((await ask(server, 'GET', `notes?title=${encoded}`)).body).toEqual([])
      expect((await ask(server, 'GET', 'notes', { headers: { authorization: 'Bearer x' } })).status).toBe(401)
    }
    await expectUnharmed(server)
  })

  it('are values where text may be', async () => {
    const server = await serveRest()
    for (const [n, text] of texts.entries()) {
      const { body } = await ask(server, 'POST', 'notes', {
        body: { id: `n${n}`, title: text, slug: text, labels: [text] },
      })
      expect(body, text).toMatchObject({ title: text, slug: text, labels: [text] })
      expect((await ask(server, 'GET', `notes?slug=${encodeURIComponent(text)}`)).body).toMatchObject([{ id: `n${n}` }])
    }
  })
})

describe('a hostile path', () => {
  it('is refused', async () => {
    const server = await withNote()
    for (const path of [
      'notes/%00',
      'notes/%ff%fe',
      'notes/%',
      'notes/a%2fb',
      'notes/%2e%2e%2fx',
      'a/b/c/d',
      `notes/${'x'.repeat(8000)}`,
    ]) {
      expectProblem(await ask(server, 'GET', path))
    }
    for (const path of ['/', '/x', '/v1x/notes', '/control', '/control/log', '//v1/notes']) {
      expect((await ask({ root: server.url }, 'GET', path)).status, path).toBe(404)
    }
    await expectUnharmed(server)
  })

  it('on another host is refused: a page of any site can point a name of its own here', async () => {
    const server = await withNote()
    expect(await raw(server, 'GET /v1/notes HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 403 /,
    )
    expect(await raw(server, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    await expectUnharmed(server)
  })
})
