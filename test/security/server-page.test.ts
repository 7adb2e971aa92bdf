/* The demo's page holds what opens the control path, and people type passwords into it. */
import { get } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { servePage, type ServedPage } from '../../demo/serve-page.js'
import { namesOnNetwork } from '../../demo/server/known-hosts.js'

const controlToken = 'token-of-the-control'
let page: ServedPage
let html: string

beforeAll(async () => {
  page = await servePage({ apiRoot: 'http://127.0.0.1:4010/app/key', controlToken, host: '0.0.0.0', port: 0 })
  html = await (await fetch(page.url)).text()
})
afterAll(() => page.stop())

it('runs its own script and style, and talks to its own server', async () => {
  const { headers } = await fetch(page.url)
  const policy = Object.fromEntries(
    headers
      .get('content-security-policy')!
      .split('; ')
      .map((directive) => directive.split(/ (.*)/s).slice(0, 2)),
  ) as Record<string, string>
  expect(policy).toEqual({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': 'data:',
    'connect-src': 'http://127.0.0.1:4010',
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': "'none'",
  })
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/)
})

it('is read by no other origin, so that the token stays in it', async () => {
  expect(html).toContain(`<meta name="control-token" content="${controlToken}" />`)
  const headers = { origin: 'http://evil.example' }
  const answer = await fetch(page.url, { headers })
  expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
  expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  const scripts = [...html.matchAll(/src="([^"]+)"/g)].map(([, path]) => path!)
  expect(scripts).toHaveLength(1)
  // A script can be included by any origin.
  for (const path of scripts) expect(await (await fetch(new URL(path, page.url))).text()).not.toContain(controlToken)
})

it('has no token in it for other machines, and the address by which they reach the server', async () => {
  const names = namesOnNetwork('0.0.0.0')
  // A request by another address of this machine comes from that address.
  for (const name of names) {
    const answer = await fetch(page.url.replace('127.0.0.1', name))
    expect(answer.headers.get('content-security-policy')).toContain(`connect-src http://${name}:4010;`)
    const text = await answer.text()
    expect(text).toContain(`content="http://${name}:4010/app/key"`)
    expect(text).not.toContain(controlToken)
  }
  // The same without such an address: the name alone is another's.
  const text = await new Promise<string>((resolve, reject) => {
    get(page.url, { headers: { host: '192.168.1.5' } }, (answer) => {
      let read = ''
      answer.setEncoding('utf8').on('data', (part: string) => (read += part))
      answer.on('end', () => resolve(read))
    }).on('error', reject)
  })
  expect(text).toContain('content="http://192.168.1.5:4010/app/key"')
})

it('can be read and nothing else', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect((await fetch(page.url, { method })).status, method).toBe(405)
  }
  expect(await (await fetch(page.url, { method: 'HEAD' })).text()).toBe('')
})
