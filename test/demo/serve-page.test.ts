import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { servePage } from '../../demo/serve-page.js'

it('serves the page after every request, even one without a proper address', async () => {
  const page = await servePage({ server: { url: 'http://127.0.0.1:1' }, port: 0 })
  onTestFinished(() => page.stop())
  const statusOf = (target: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let received = ''
      const socket = connect(Number(new URL(page.url).port), '127.0.0.1', () => {
        socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
      })
      socket.on('data', (chunk) => (received += chunk.toString('latin1')))
      socket.on('error', reject)
      socket.on('close', () => resolve(received.slice(9, 12)))
    })
  for (const target of ['//', '/%', '/../../package.json', 'http://', '/__proto__', '/index.html/']) {
    expect(await statusOf(target), target).toBe('404')
  }
  for (const target of ['/', '/?api=x', '/index.html']) expect(await statusOf(target), target).toBe('200')
})
