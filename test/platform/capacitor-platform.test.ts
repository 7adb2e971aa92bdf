/* The platform of Capacitor's webview on plugins that are played. The real bridge: test/driven/capacitor.test.ts. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { capacitorPlatform, type CapacitorApp, type CapacitorNetwork } from '../../src/capacitor/index.js'
import { turns } from '../support/fake-clock.js'

class Plugin<Event extends string> {
  readonly listeners = new Map<Event, Set<(data: never) => void>>()
  removed = 0

  addListener(event: Event, listener: (data: never) => void): Promise<{ remove(): void }> {
    const all = this.listeners.get(event) ?? new Set()
    this.listeners.set(event, all.add(listener))
    return Promise.resolve({
      remove: () => {
        this.removed++
        all.delete(listener)
      },
    })
  }

  tell(event: Event, data?: unknown): void {
    for (const listener of this.listeners.get(event) ?? []) listener(data as never)
  }
}

class Network extends Plugin<'networkStatusChange'> {
  constructor(readonly status: Promise<{ connected: boolean }>) {
    super()
  }

  getStatus(): Promise<{ connected: boolean }> {
    return this.status
  }
}

const isolated = (network: Plugin<'networkStatusChange'>): CapacitorNetwork => network as unknown as CapacitorNetwork

describe('connectivity', () => {
  test('is what the plugin says, from its first answer on', async () => {
    const network = new Network(Promise.resolve({ connected: false }))
    const { connectivity } = capacitorPlatform({ network: isolated(network) })
    const seen: boolean[] = []
    const off = connectivity!.onChange((online) => seen.push(online))
    expect(connectivity!.online).toBe(true)
    await turns()
    expect(connectivity!.online).toBe(false)
    network.tell('networkStatusChange', { connected: false })
    network.tell('networkStatusChange', { connected: true })
    expect(seen).toEqual([false, true])
    off()
    network.tell('networkStatusChange', { connected: false })
    expect(seen).toEqual([false, true])
    expect(connectivity!.online).toBe(false)
  })

  test('stays the word of the webview where the plugin is not there natively', async () => {
    const network = new Network(Promise.reject(new Error('"Network" plugin is not implemented on android')))
    network.addListener = () => {
      throw new Error('not implemented')
    }
    const { connectivity } = capacitorPlatform({ network: isolated(network) })
    await turns()
    expect(connectivity!.online).toBe(true)
  })
})

describe('visibility', () => {
  test('is hidden from a pause to the resume, and says both', async () => {
    const app = new Plugin<'pause' | 'resume'>()
    const { visibility } = capacitorPlatform({ app: app as unknown as CapacitorApp })
    const seen: string[] = []
    const off = visibility!.onEvent((event) => seen.push(event))
    await turns()
    app.tell('pause')
    expect(visibility!.hidden).toBe(true)
    app.tell('resume')
    expect(visibility!.hidden).toBe(false)
    expect(seen).toEqual(['hide', 'resume'])
    off()
    expect(app.removed).toBe(2)
  })

  test('lets go of a listener that comes when nobody listens any more', async () => {
    const app = new Plugin<'pause' | 'resume'>()
    const { visibility } = capacitorPlatform({ app: app as unknown as CapacitorApp })
    visibility!.onEvent(() => {})()
    await turns()
    expect(app.removed).toBe(2)
  })
})

describe('requests', () => {
  test("are the webview's own where CapacitorHttp stands in front of them, unless it is asked for", async () => {
    const calls: string[] = []
    const { fetch: before } = globalThis
    const patched = globalThis as { CapacitorWebFetch?: unknown }
    onTestFinished(() => {
      globalThis.fetch = before
      delete patched.CapacitorWebFetch
    })
    const as = (name: string) => () => {
      calls.push(name)
      return Promise.resolve(new Response())
    }
    globalThis.fetch = as('patched')
    await capacitorPlatform({}).fetch!('https://api.example.com/')
    patched.CapacitorWebFetch = as('web')
    await capacitorPlatform({}).fetch!('https://api.example.com/')
    expect(capacitorPlatform({ http: 'native' }).fetch).toBeUndefined()
    expect(calls).toEqual(['patched', 'web'])
  })
})
