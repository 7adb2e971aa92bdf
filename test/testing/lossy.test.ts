// Each control of a network that fails when it is told to.
import { describe, expect, it } from 'vitest'
import { lossy, type LossyNet } from '../../src/testing/index.js'
import { FakeClock } from '../support/fake-clock.js'

const url = 'https://api.example.com/v1/notes/n1'

function net(parts: Parameters<typeof lossy>[1] = {}): LossyNet & { arrived: Request[]; ask: typeof fetch } {
  const arrived: Request[] = []
  const made = lossy((input, init) => {
    arrived.push(new Request(input, init))
    return Promise.resolve(Response.json({ id: 'n1', title: 'Milk' }))
  }, parts)
  return Object.assign(made, { arrived, ask: made.fetch })
}

const outcome = (asked: Promise<Response>): Promise<string> =>
  asked.then(
    (response) => String(response.status),
    (error: Error) => error.name,
  )

describe('a lossy network', () => {
  it('without trouble hands requests and answers on', async () => {
    const { ask, arrived } = net()
    const response = await ask(url, { method: 'PATCH', body: '{"title":"Oats"}' })
    expect(await response.json()).toEqual({ id: 'n1', title: 'Milk' })
    expect([arrived[0]!.method, arrived[0]!.url, await arrived[0]!.text()]).toEqual(['PATCH', url, '{"title":"Oats"}'])
  })

  it('offline: nothing leaves, what is under way is lost, and the browser says so', async () => {
    let answer = (): void => undefined
    const waits = new Promise<void>((resolve) => (answer = resolve))
    const made = lossy(async () => (await waits, Response.json({})))
    const said: boolean[] = []
    const stop = made.connectivity.onChange((online) => said.push(online))
    const underWay = outcome(made.fetch(url))
    made.offline()
    expect(await underWay).toBe('TypeError')
    expect([made.connectivity.online, await outcome(made.fetch(url))]).toEqual([false, 'TypeError'])
    made.online()
    answer()
    expect([made.connectivity.online, await outcome(made.fetch(url))]).toEqual([true, '200'])
    stop()
    made.offline()
    expect(said).toEqual([false, true])
  })

  it('offline says nothing new where the browser is offline already', () => {
    const listeners = new Set<(online: boolean) => void>()
    const browser = {
      online: false,
      onChange(listener: (online: boolean) => void) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    }
    const made = net({ connectivity: browser })
    const { connectivity } = made
    const said: boolean[] = []
    connectivity.onChange((online) => said.push(online))
    made.offline()
    made.online()
    expect([connectivity.online, said]).toEqual([false, []])
    browser.online = true
    for (const listener of listeners) listener(true)
    expect([connectivity.online, said]).toEqual([true, [true]])
  })

  it('slow: a request leaves late, by the clock that it was given', async () => {
    const clock = new FakeClock(0)
    const { ask, arrived, slow } = net({ clock })
    slow(2_000)
    const asked = outcome(ask(url))
    await clock.advance(1_999)
    expect(arrived).toHaveLength(0)
    await clock.advance(1)
    expect([await asked, arrived.length]).toEqual(['200', 1])
  })

  it('slow: a request that has not left yet is lost where the device goes offline', async () => {
    const clock = new FakeClock(0)
    const made = net({ clock })
    made.slow(2_000)
    const asked = outcome(made.ask(url, { method: 'PATCH', body: '{"title":"Oats"}' }))
    await clock.advance(1_000)
    made.offline()
    expect(await asked).toBe('TypeError')
    made.online()
    await clock.advance(1_000)
    expect(made.arrived).toHaveLength(0)
  })

  it('hang: nothing arrives, and the request ends by its signal', async () => {
    const { ask, arrived, hang } = net()
    hang()
    const stop = new AbortController()
    const asked = outcome(ask(url, { signal: stop.signal }))
    stop.abort(new DOMException('late', 'TimeoutError'))
    expect([await asked, arrived.length]).toEqual(['TimeoutError', 0])
    expect(await outcome(ask(url, { signal: stop.signal }))).toBe('TimeoutError')
  })

  it('lose: the request arrives, the answer does not', async () => {
    const { ask, arrived, lose } = net()
    lose()
    expect([await outcome(ask(url)), arrived.length]).toEqual(['TypeError', 1])
  })

  it('cut: the answer breaks off in its body, and one without a body is lost', async () => {
    const { ask, arrived, cut } = net()
    cut()
    const response = await ask(url)
    const reader = response.body!.getReader()
    expect([response.status, (await reader.read()).value?.length]).toEqual([200, 13])
    await expect(reader.read()).rejects.toThrow(TypeError)
    expect(arrived).toHaveLength(1)
    const empty = lossy(() => Promise.resolve(new Response(null, { status: 204 })))
    empty.cut()
    expect(await outcome(empty.fetch(url))).toBe('TypeError')
  })

  it.each([500, 503, 429])('fail: a gateway answers %d in the place of the server, or behind it', async (status) => {
    const { ask, arrived, fail } = net()
    fail(status, { retryAfterS: 30 })
    const response = await ask(url)
    expect([response.status, response.headers.get('retry-after'), arrived.length]).toEqual([status, '30', 0])
    expect(response.headers.get('content-type')).toBe('text/html')
    fail(status, { arrives: true })
    expect([(await ask(url)).headers.get('retry-after'), arrived.length]).toEqual([null, 1])
  })

  it('portal: a login page answers with 200', async () => {
    const { ask, arrived, portal } = net()
    portal()
    const response = await ask(url)
    expect([response.status, response.headers.get('content-type'), arrived.length]).toEqual([200, 'text/html', 0])
  })

  it('meets so many requests, and only those that it is for', async () => {
    const { ask, arrived, lose, onChange } = net()
    const told: unknown[] = []
    const stop = onChange((trouble) => told.push(trouble?.kind))
    lose({ times: 1, only: ({ method }) => method === 'DELETE' })
    expect(await outcome(ask(url))).toBe('200')
    expect(await outcome(ask(url, { method: 'DELETE' }))).toBe('TypeError')
    expect(await outcome(ask(url, { method: 'DELETE' }))).toBe('200')
    expect(arrived).toHaveLength(3)
    stop()
    lose()
    expect(told).toEqual(['lose', undefined])
  })

  it('can be set from data, as a switch on a page does', async () => {
    const made = net()
    made.set({ kind: 'fail', status: 502 })
    expect([await outcome(made.ask(url)), made.trouble]).toEqual(['502', { kind: 'fail', status: 502 }])
    made.set(undefined)
    expect([await outcome(made.ask(url)), made.trouble]).toEqual(['200', undefined])
  })
})
