/*
 * A page that a developer visits can have its own name resolve to 127.0.0.1, and would then read the answers of a server on
 * this machine, as they are of its own origin. Only the Host header tells.
 */
import { request } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { servePage } from '../../demo/serve-page.js'
import { knownHosts, namesOnNetwork } from '../../demo/server/known-hosts.js'
import { startServer } from '../../demo/server/start-server.js'
import { serve } from '../server/api.js'

/** The status and body of a request with that Host header. */
function askAs(host: string, url: string, method = 'GET'): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { host, 'control-token': 'a guess' } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => (text += part))
      answer.on('end', () => resolve({ status: answer.statusCode!, text }))
    })
    sent.on('error', reject)
    sent.end()
  })
}

const foreign = [
  'evil.example',
  'evil.example:4010',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'evil@127.0.0.1',
  '127.0.0.1@evil.example',
  '127.0.0.1#.evil.example',
  '10.0.0.7',
  '[::2]',
  '0.0.0.0',
  'localhost:4010:evil',
  'localhost:',
  'localhost.',
  '::1',
]
const own = ['127.0.0.1', '127.0.0.1:4010', 'localhost', 'LocalHost:80', '[::1]:4010']

describe('a request for another host', () => {
  it('is refused by the server: the API, the control path and preflights', async () => {
    const { url, apiRoot } = await serve({ control: true })
    for (const host of foreign) {
      for (const address of [`${apiRoot}/users/userclassprops`, `${url}/api/info`, `${url}/control`, url]) {
        const { status, text } = await askAs(host, address)
        expect([status, JSON.parse(text)], host).toEqual([403, { error: expect.stringContaining('--host') }])
      }
      expect((await askAs(host, `${url}/control/reset`, 'OPTIONS')).status, host).toBe(403)
      expect((await askAs(host, `${url}/control/reset`, 'POST')).status, host).toBe(403)
    }
    for (const host of own) expect((await askAs(host, `${apiRoot}/info`)).status, host).toBe(200)
  })

  it('is refused by the page, which has the token of the control path in it', async () => {
    const controlToken = 'token-of-the-control'
    const page = await servePage({ server: { url: 'http://127.0.0.1:1', controlToken }, port: 0 })
    onTestFinished(() => page.stop())
    for (const host of foreign) {
      const { status, text } = await askAs(host, `${page.url}control-token`)
      expect(status, host).toBe(403)
      expect(text, host).not.toContain(controlToken)
    }
    for (const host of own) expect((await askAs(host, `${page.url}control-token`)).text, host).toContain(controlToken)
  })
})

describe('with a host of its own', () => {
  it.each([
    [
      'nas.local',
      ['nas.local:4010', 'NAS.local', 'localhost'],
      ['other.local', 'nas.local.evil.example', '192.168.1.5'],
    ],
    ['192.168.1.5', ['192.168.1.5', '127.0.0.1'], ['192.168.1.6', 'evil.example']],
    ['fd00::1', ['[fd00::1]:4010', '[::1]'], ['fd00::1', '[fd00::2]', 'evil.example']],
    // Numbers mean the machine that has them: no site can point those elsewhere.
    ['0.0.0.0', ['192.168.1.5:4010', '[fd00::2]', 'localhost'], ['evil.example', '192.168.1.5.evil.example', '1.2.3']],
    ['::', ['192.168.1.5', '[fd00::2]:80'], ['evil.example', '[evil.example]']],
  ])('%s, the server answers for it and for this machine', (host, known, unknown) => {
    const { nameIn } = knownHosts(host)
    expect(known.filter((each) => nameIn(each) === undefined)).toEqual([])
    expect(unknown.filter((each) => nameIn(each) !== undefined)).toEqual([])
  })

  it('that is none of this machine, the server does not start', async () => {
    await expect(startServer({ host: '192.0.2.77' })).rejects.toThrow('cannot listen on 192.0.2.77, port 0')
    await expect(startServer({ host: 'no-host.invalid' })).rejects.toThrow('cannot listen on no-host.invalid, port 0')
  })

  it('other machines reach it by an address that is printed; without, they do not reach it', async () => {
    const server = await serve({ host: '0.0.0.0' })
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(server.networkUrls).toEqual(namesOnNetwork('0.0.0.0').map((name) => `http://${name}:${server.port}`))
    for (const url of [server.url, ...server.networkUrls]) expect((await fetch(`${url}/api/info`)).status).toBe(200)

    const closed = await serve()
    expect(closed.networkUrls).toEqual([])
    for (const name of namesOnNetwork('0.0.0.0')) {
      await expect(fetch(`http://${name}:${closed.port}/api/info`)).rejects.toThrow('fetch failed')
    }
  })
})
