import { onTestFinished } from 'vitest'
import { startProxy, type Proxy } from './proxy.js'
import { makeWorld, type World, type WorldOptions } from './world.js'

export interface ProxiedWorld {
  readonly world: World
  readonly proxy: Proxy
  /** Lets time pass, from one moment at which something is due to the next, until `met`. */
  until(met: () => boolean): Promise<void>
}

/** A world whose tabs reach the server through a proxy, when they are opened with `baseUrl: proxy.url`. */
export async function behindProxy({ alsoUnderWay, ...options }: WorldOptions = {}): Promise<ProxiedWorld> {
  let proxy: Proxy | undefined
  const world = await makeWorld({
    ...options,
    alsoUnderWay: () => (alsoUnderWay?.() ?? 0) - (proxy?.waiting ?? 0),
  })
  proxy = await startProxy(world.server.url)
  onTestFinished(() => proxy.stop())
  return {
    world,
    proxy,
    async until(met) {
      await world.quiet()
      for (let steps = 0; !met(); steps++) {
        const dueAtMs = world.clock.nextDueAtMs
        if (dueAtMs === undefined || steps === 1000)
          throw new Error('It will never be: nothing is due, or too much was')
        await world.advance(Math.max(0, dueAtMs - world.clock.now()))
      }
    },
  }
}
