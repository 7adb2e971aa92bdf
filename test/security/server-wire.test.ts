/* A client that means harm, on the wire: each request ends by itself, and the server goes on for the others. */
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { expectUnharmed, raw, serve, signUp } from '../server/api.js'

const head = (method: string, target: string, ...headers: string[]): string =>
  [`${method} ${target} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n')

async function withUser() {
  const server = await serve({ control: true })
  const james = await signUp(server.apiRoot, 'james@example.com', { name: 'James' })
  const root = `/${server.appId}/${server.apiKey}`
  const json = 'Content-Type: application/json'
  const last = 'Connection: close'
  return { server, james, root, user: `${root}/users/${james.id}`, json, last }
}

describe('a request', () => {
  it('whose target has another host is refused, also with a right header', async () => {
    const { server, james, root, last } = await withUser()
    for (const target of [
      `http://evil.example${root}/info`,
      'http://evil.example/control',
      `http://127.0.0.1${root}/info`,
      '*',
    ]) {
      expect(await raw(server, head('GET', target, last)), target).toMatch(/^HTTP\/1\.1 40[03] /)
    }
    for (const method of ['CONNECT', 'OPTIONS']) {
      expect(await raw(server, head(method, 'evil.example:80', last)), method).not.toContain('200')
    }
    await expectUnharmed(server, james)
  })

  it('of a method that there is not is answered with a fault, and one of HEAD without a body', async () => {
    const { server, james, root, user, last } = await withUser()
    for (const method of ['TRACE', 'PATCH', 'PROPFIND', 'LOCK', 'SEARCH']) {
      expect(await raw(server, head(method, user, last)), method).toMatch(/^HTTP\/1\.1 404 [^]*"code":8002/)
    }
    const answer = await raw(server, head('HEAD', `${root}/info`, last))
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer.split('\r\n\r\n')[1]).toBe('')
    await expectUnharmed(server, james)
  })

  it('that can be read in two ways is read in none', async () => {
    const { server, james, root, user, json } = await withUser()
    const body = '{"name":"x"}'
    const update = `${head('PUT', user, json, `Content-Length: ${body.length}`)}${body}`
    for (const [why, bytes] of [
      ['two lengths', head('PUT', user, json, 'Content-Length: 12', 'Content-Length: 3') + body],
      [
        'length and chunks',
        `${head('PUT', user, json, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n${update}`,
      ],
      ['a negative length', head('PUT', user, json, 'Content-Length: -1') + body],
      ['a bad chunk', `${head('PUT', user, json, 'Transfer-Encoding: chunked')}ZZ\r\n${body}\r\n`],
      ['a NUL in a header', head('PUT', user, json, 'user-token: a\u0000b', 'Content-Length: 12') + body],
      ['a bare line feed', `PUT ${user} HTTP/1.1\nHost: 127.0.0.1\nX: y\rZ: 1\n\n`],
      ['a space before the colon', `GET ${root}/info HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n`],
      ['another encoding', head('PUT', user, json, 'Transfer-Encoding: gzip') + body],
    ] as const) {
      expect(await raw(server, bytes), why).toMatch(/^HTTP\/1\.1 [45]\d\d /)
    }
    await expectUnharmed(server, james)
  })

  it('may wait behind others on its connection: each is answered, in order', async () => {
    const { server, james, root, last } = await withUser()
    const many = head('GET', `${root}/users/isvalidusertoken/x`).repeat(200)
    const answers = await raw(server, many + head('GET', `${root}/nothing`, last))
    expect(answers.match(/HTTP\/1\.1 200 /g)).toHaveLength(200)
    expect(answers.lastIndexOf('HTTP/1.1 404')).toBeGreaterThan(answers.lastIndexOf('HTTP/1.1 200'))
    await expectUnharmed(server, james)
  })
})

describe('a connection', () => {
  it('that never ends its request keeps nobody else waiting, however many there are', async () => {
    const { server, james, user, json } = await withUser()
    const sockets: Socket[] = []
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
    const begin = (bytes: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes, () => resolve()))
        socket.on('error', reject)
        sockets.push(socket)
      })
    for (let n = 0; n < 100; n += 1) {
      await begin(`GET ${user} HTTP/1.1\r\nHost: 127`)
      await begin(head('PUT', user, json, 'Content-Length: 1000') + '{"name":')
      await begin('')
    }
    await expectUnharmed(server, james)
    // And the server stops all the same.
    await server.stop()
  })

  it('that sends without an end is cut off', async () => {
    const { server, james, user } = await withUser()
    const sent = await new Promise<number>((resolve) => {
      let bytes = 0
      const chunk = Buffer.alloc(1024 * 1024, 0x20)
      const upload = request(
        server.url + user,
        { method: 'PUT', headers: { 'content-type': 'application/json' } },
        (answer) => {
          expect(answer.statusCode).toBe(413)
          answer.resume()
        },
      )
      const more = (error?: Error | null): void => {
        if (error) return
        bytes += chunk.length
        upload.write(chunk, more)
      }
      upload.on('error', () => {})
      upload.on('close', () => resolve(bytes))
      more()
    })
    // The end of what is thrown away, and of the buffers on the way.
    expect(sent).toBeLessThan(200 * 1024 * 1024)
    await expectUnharmed(server, james)
  })
})
