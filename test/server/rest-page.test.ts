/* The page from which a backend team implements a server: each of its examples, sent to the local server in their order. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Json } from '../../demo/server/json.js'
import { usualCors } from '../../demo/server/rest/cors.js'
import { checkSchema } from '../../demo/server/rest/schema.js'
import { serveRest } from './rest-api.js'

const page = readFileSync('docs/server.md', 'utf8')
const blocks = [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language, text: text! }))
const examples = blocks.filter(({ language }) => language === 'http').map(({ text }) => messageOf(text))

interface Message {
  /** Of a request its method and path, of an answer its version and status. */
  readonly start: string
  readonly headers: [string, string][]
  readonly body: string
}

function messageOf(text: string): Message {
  const [head = '', ...body] = text.trimEnd().split('\n\n')
  const [start = '', ...lines] = head.split('\n')
  const headers = lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string])
  return { start, headers, body: body.join('\n\n') }
}

it('docs/server.md shows requests and answers in turn, and begins with a schema', () => {
  expect(examples.length).toBeGreaterThan(50)
  examples.forEach(({ start }, index) => {
    expect(start).toMatch(index % 2 === 0 ? /^(GET|POST|PUT|PATCH|DELETE|OPTIONS) \/v1\// : /^HTTP\/1\.1 \d{3} /)
  })
})

it('the local server answers each request of docs/server.md as the page says', async () => {
  const schema = checkSchema(JSON.parse(blocks.find(({ language }) => language === 'json')!.text))
  const server = await serveRest({ schema, now: () => Date.UTC(2026, 2, 1, 12) })
  // Values that differ each time, by the names that the page gives them.
  const known = new Map<string, string>()
  const filled = (text: string): string => text.replace(/<(\w+)>/g, (_, name: string) => known.get(name)!)

  for (let index = 0; index < examples.length; index += 2) {
    const [request, expected] = [examples[index]!, examples[index + 1]!]
    const [method = '', path = ''] = filled(request.start).split(' ')
    const answer = await fetch(server.url + path, {
      method,
      headers: request.headers.map(([name, value]) => [name, filled(value)] as [string, string]),
      ...(request.body !== '' && { body: request.body }),
    })
    const shown = `example ${index / 2 + 1}: ${request.start}`
    expect(answer.status, shown).toBe(Number(expected.start.split(' ')[1]))
    for (const [name, value] of expected.headers) expect(answer.headers.get(name), `${shown}: ${name}`).toBe(value)
    const body = await answer.text()
    if (expected.body === '') {
      if (answer.status === 204) expect(body, shown).toBe('')
      continue
    }
    const json = JSON.parse(body) as { [name: string]: Json }
    const wanted = JSON.parse(expected.body) as { [name: string]: Json }
    for (const [name, value] of Object.entries(wanted)) {
      const placeholder = /^<(\w+)>$/.exec(typeof value === 'string' ? value : '')?.[1]
      if (placeholder === undefined) continue
      expect(json[name], shown).toEqual(expect.stringMatching(/./))
      known.set(placeholder, json[name] as string)
      wanted[name] = json[name]!
    }
    expect(json, shown).toEqual(wanted)
  }
  expect([...known.keys()]).toEqual(['since', 'later', 'token'])
})

it('docs/server.md names each code and each header that the local server knows', () => {
  const source = readFileSync('demo/server/rest/problem.ts', 'utf8')
  const codes = [.../export type ProblemCode =(.*?)\n\n/s.exec(source)![1]!.matchAll(/'([\w-]+)'/g)].map(
    ([, code]) => code!,
  )
  expect(codes.length).toBeGreaterThan(15)
  // 410 for a deleted record is a switch of this server, and no advice.
  expect(codes.filter((code) => code !== 'gone' && !page.includes(`\`${code}\``))).toEqual([])
  expect([...usualCors.allowHeaders, ...usualCors.exposeHeaders].filter((name) => !page.includes(name))).toEqual([])
})
