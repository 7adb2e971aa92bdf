/* The control path can reset the data and set passwords, so that a page which the developer visits must not reach it. */
import { describe, expect, it } from 'vitest'
import { readCommandLine } from '../../demo/server/command-line.js'
import { startServer } from '../../demo/server/start-server.js'
import { call, callControl, serve, signUp } from '../server/api.js'

describe('the control path', () => {
  it('does nothing for those who do not have its token', async () => {
    const server = await serve({ control: true })
    const james = await signUp(server.apiRoot, 'james@example.com', { name: 'James' })
    const token = server.controlToken!
    const guesses = ['', token.slice(1), `${token}x`, token.toLowerCase(), 'Bearer x', '\u00ff'.repeat(22)]
    for (const guess of guesses) {
      const headers: Record<string, string> = guess === '' ? {} : { 'control-token': guess }
      for (const [method, path, body] of [
        ['GET', '', undefined],
        ['GET', '/requests', undefined],
        ['PUT', `/users/${james.id}`, { name: 'Mallory', password: 'mine' }],
        ['DELETE', `/users/${james.id}`, undefined],
        ['POST', '/reset', undefined],
        ['PUT', '/refuse', { on: true }],
        ['POST', '/nothing', undefined],
      ] as const) {
        const answer = await call(`${server.url}/control`, method, path, { body, headers })
        expect([answer.status, answer.body.error], `${method} ${path}`).toEqual([
          401,
          expect.stringContaining('needs the token'),
        ])
        expect(answer.text).not.toContain(token)
      }
    }
    expect(server.control.readUser({ id: james.id })?.name).toBe('James')
    expect((await callControl(server, 'PUT', '/latency', { delayMs: 0 })).status).toBe(200)
  })

  it("has another token at each start, which is none of the API's answers", async () => {
    const [first, second] = [await serve({ control: true }), await serve({ control: true })]
    expect(first.controlToken).toMatch(/^[\w-]{22}$/)
    expect(first.controlToken).not.toBe(second.controlToken)
    expect((await callControl({ ...second, controlToken: first.controlToken }, 'GET', '')).status).toBe(401)
    expect((await serve()).controlToken).toBeUndefined()
  })

  it('takes a token from the environment, where others on the machine do not see it', async () => {
    const environment = { HOLDFAST_CONTROL_TOKEN: 'a-token-for-the-tests' }
    expect(readCommandLine(['--control'], environment)).toMatchObject({ controlToken: 'a-token-for-the-tests' })
    expect(readCommandLine(['--control'], { HOLDFAST_CONTROL_TOKEN: '' })).not.toHaveProperty('controlToken')
    for (const controlToken of [
      'short',
      'with a space in it, and long',
      'x'.repeat(201),
      '"><script>alert(1)</script>',
    ]) {
      await expect(startServer({ control: true, controlToken })).rejects.toThrow(
        'The control token has to be 16 to 200',
      )
    }
  })
})
