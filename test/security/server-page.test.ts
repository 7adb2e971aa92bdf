/* The page can ask for what opens the control path, and people type passwords into it. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { servePage, type ServedPage } from '../../demo/serve-page.js'
import { namesOnNetwork } from '../../demo/server/known-hosts.js'

const controlToken = 'token-of-the-control'
let page: ServedPage
let html: string

beforeAll(async () => {
  page = await servePage({ server: { url: 'http://127.0.0.1:1', controlToken }, host: '0.0.0.0', port: 0 })
  html = await (await fetch(page.url)).text()
})
afterAll(() => page.stop())

it('runs its own script and style, and talks to its own server, or to Backendless', async () => {
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
    'img-src': "'self'",
    'manifest-src': "'self'",
    'worker-src': "'self'",
    'connect-src': "'self' https://*.backendless.com https://*.backendless.app",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'require-trusted-types-for': "'script'",
    'trusted-types': 'fieldbook',
  })
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style| style=| on\w+=/)
  // The page carries it, too, for servers that send no headers. A frame's ancestors can be named in a header only.
  const [, inPage] = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)!
  const directives = (text: string): string[] =>
    text
      .split(';')
      .map((one) => one.trim())
      .filter((one) => !one.startsWith('frame-ancestors'))
  expect(directives(inPage!)).toEqual(directives(headers.get('content-security-policy')!))
})

it('gives the token to no other origin, and to no other machine', async () => {
  const token = `${page.url}control-token`
  const answer = await fetch(token, { headers: { origin: 'http://evil.example' } })
  expect(await answer.text()).toBe(controlToken)
  expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([])
  expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(answer.headers.get('content-type')).toBe('text/plain')
  // A script can be included by any origin.
  for (const [, path] of html.matchAll(/(?:src|href)="(\/[^"]+)"/g))
    expect(await (await fetch(new URL(path!, page.url))).text()).not.toContain(controlToken)
  // A request by another address of this machine comes from that address.
  for (const name of namesOnNetwork('0.0.0.0')) {
    const there = await fetch(token.replace('127.0.0.1', name))
    expect([there.status, await there.text()]).toEqual([404, expect.not.stringContaining(controlToken)])
  }
})

it('can be read and nothing else', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect((await fetch(page.url, { method })).status, method).toBe(405)
  }
  expect(await (await fetch(page.url, { method: 'HEAD' })).text()).toBe('')
})
