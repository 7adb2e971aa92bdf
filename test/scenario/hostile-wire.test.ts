/* Answers that are hostile on the wire: what is sent, not what is said (G12). The numbers are those of test/support/answers.ts. */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startServer } from '../../demo/server/start-server.js'
import { openBackendless, type BackendlessApp } from '../../src/backendless/index.js'
import { effectsOf } from '../support/effects.js'
import { fakePlatform } from '../support/fake-platform.js'
import { startProxy, type Proxy } from '../support/proxy.js'

type Write = (socket: Socket) => void

/** An answer with this body and these headers. */
const answer =
  (status: string, body: Buffer | string, headers: readonly string[] = []): Write =>
  (socket) => {
    const bytes = Buffer.from(body)
    const head = [`HTTP/1.1 ${status}`, 'content-type: application/json', `content-length: ${bytes.length}`, ...headers]
    socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]))
  }

let writtenBytes = 0
/** Chunks of white space until the client closes the connection. */
const endless: Write = (socket) => {
  writtenBytes = 0
  const chunk = Buffer.from(`10000\r\n${' '.repeat(0x10000)}\r\n`)
  const more = (): void => {
    while (!socket.destroyed) {
      writtenBytes += chunk.length
      if (!socket.write(chunk)) return
    }
  }
  socket.on('drain', more)
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n')
  more()
}

const gzip = ['content-encoding: gzip']
const spaces = ' '.repeat(100_000_000)

const answers: readonly [string, Write][] = [
  [
    '8: a body shorter than it says',
    (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"objectId":'),
  ],
  ['15: a body that never ends', endless],
  ['16: a hundred megabytes in a hundred kilobytes', answer('200 OK', gzipSync(spaces), gzip)],
  ['17: gzip that is none', answer('200 OK', '{"objectId":"x"}', gzip)],
  ['17: gzip that breaks off', answer('200 OK', gzipSync(JSON.stringify({ objectId: 'x' })).subarray(0, 20), gzip)],
  ['75: status 999', answer('999 No', '')],
  ['no HTTP at all', (socket) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n')],
  ['a head that never ends', (socket) => void socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(1_000_000)}`)],
]

interface Wire {
  readonly app: BackendlessApp
  readonly proxy: Proxy
  effects(): { [property: string]: unknown[] }
  /** Lets time pass until `met`, but none while an answer is on its way. */
  until(met: () => boolean): Promise<void>
}

async function onWire(): Promise<Wire> {
  const server = await startServer()
  const proxy = await startProxy(server.url)
  const platform = fakePlatform({ fetch: globalThis.fetch })
  const app = openBackendless({ appId: server.appId, apiKey: server.apiKey, baseUrl: proxy.url, platform })
  onTestFinished(async () => {
    await app.close()
    await proxy.stop()
    await server.stop()
  })
  const until: Wire['until'] = async (met) => {
    for (let turn = 0; !met(); turn++) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      // Its present state can have passed by the end of the next attempt.
      if (met()) return
      const { phase, nextAttemptAtMs } = app.status$.value
      if (phase === 'waiting' && nextAttemptAtMs !== undefined)
        await platform.clock.advance(Math.max(0, nextAttemptAtMs - platform.clock.now()))
      if (turn > 2000) throw new Error(`It is not going to be: ${phase}`)
    }
  }
  const user = { email: 'ann@x.co', name: 'Ann', password: 'secret' }
  const { objectId } = (await app.users.register(user)) as { objectId: string }
  await app.users.login(user.email, user.password)
  await until(() => app.status$.value.phase === 'idle')
  return { app, proxy, until, effects: () => effectsOf(server.control.log({ userId: objectId })) }
}

describe('an answer on the wire is no verdict', () => {
  it.each(answers.flatMap(([what, write]) => [false, true].map((applied) => ({ what, applied, write }))))(
    '$what; the update was carried out: $applied',
    async ({ applied, write }) => {
      const { app, proxy, until, effects } = await onWire()
      proxy.add({ match: { method: 'PUT' }, do: 'write', applied, write })
      const { settled } = await app.users.update({ name: 'James' })
      await until(() => app.status$.value.failure !== undefined)
      expect(app.status$.value).toMatchObject({ pending: 1, faults: 0 })
      await until(() => app.status$.value.pending === 0)

      expect(await settled).toMatchObject({ outcome: 'accepted' })
      expect(app.faults.open$.value).toEqual([])
      expect(effects()).toEqual({ name: ['James'] })
      // The buffers of two sockets, and the most that is read of one answer.
      expect(writtenBytes).toBeLessThan(20_000_000)
    },
  )

  it('44: a redirect to another origin is not followed, and no token goes there', async () => {
    const heard: string[] = []
    const elsewhere = createServer((socket) => socket.on('data', (text) => heard.push(String(text))))
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void elsewhere.close())
    const { port } = elsewhere.address() as AddressInfo
    const { app, proxy, until, effects } = await onWire()
    proxy.add({
      match: { method: 'PUT' },
      do: 'write',
      write: answer('307 Temporary Redirect', '', [`location: http://127.0.0.1:${port}/`]),
    })
    const { settled } = await app.users.update({ name: 'James' })
    await until(() => app.status$.value.pending === 0)
    expect(await settled).toMatchObject({ outcome: 'accepted' })
    expect(effects()).toEqual({ name: ['James'] })
    expect(heard).toEqual([])
  })
})
