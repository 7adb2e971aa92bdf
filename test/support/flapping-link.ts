/* A link that is up for one second and down for three, and a long queue that has to drain over it. */
import { expect, onTestFinished } from 'vitest'
import { backendlessEndpoint } from '../../src/backendless/endpoint.js'
import { openClient, type Client, type CoreOptions } from '../../src/index.js'
import { behindProxy, type ProxiedWorld } from './behind-proxy.js'
import { effectsOf } from './effects.js'
import { fakePlatform, type FakeConnectivity } from './fake-platform.js'
import { watchStorage } from './watched-storage.js'
import { logInElsewhere } from './world.js'

const upMs = 1000
const downMs = 3000
/** How long a request is under way, where nothing else is said. */
const usualLatencyMs = 200
export const edits = 500
const patienceMs = 12 * 3_600_000

/** Lets the link come and go until `done`; each time that it goes, the requests under way are lost, or else their answers. */
export async function flap(
  { world, proxy }: ProxiedWorld,
  {
    done,
    told,
    step,
    latencyMs = usualLatencyMs,
  }: { done(): boolean; told?: FakeConnectivity; step?(): Promise<unknown> | undefined; latencyMs?: number },
): Promise<void> {
  const stepMs = latencyMs / 2
  let wasUp: boolean | undefined
  for (let atMs = 0; !done();) {
    if (atMs > patienceMs) throw new Error('The queue does not drain')
    const turn = Math.floor(atMs / (upMs + downMs))
    // Where nothing is under way and nobody listens, only the next thing that is due matters.
    const isIdle = !step && !told && proxy.waiting === 0
    const isUp = atMs % (upMs + downMs) < upMs
    if (isUp !== wasUp) {
      if (!isUp && turn % 2) proxy.release()
      proxy.setUp(isUp)
      told?.set(isUp)
      wasUp = isUp
    }
    if (atMs % latencyMs === 0) proxy.release()
    await step?.()
    const idleMs = isIdle ? (world.clock.nextDueAtMs ?? 0) - world.clock.now() : 0
    const passMs = Math.max(stepMs, Math.floor(idleMs / stepMs) * stepMs)
    await world.advance(passMs)
    atMs += passMs
  }
}

/** How many requests left, and how many of the updates among them differed. */
export function ratio(sent: readonly { method: string; url: string; body: string }[]): {
  requests: number
  composed: number
} {
  const updates = sent.filter(({ method }) => method === 'PUT')
  return { requests: sent.length, composed: new Set(updates.map(({ url, body }) => url + body)).size }
}

async function openCore(
  options: Partial<CoreOptions>,
  seed: number,
): Promise<
  ProxiedWorld & {
    client: Client
    connectivity: FakeConnectivity
    sent: { method: string; url: string; body: string }[]
  }
> {
  let underWay = (): number => 0
  const scene = await behindProxy({ alsoUnderWay: () => underWay() })
  const { world, proxy } = scene
  world.device.seed = seed
  const { appId, apiKey } = world.server
  const sent: { method: string; url: string; body: string }[] = []
  let fetching = 0
  const platform = fakePlatform({
    device: world.device,
    async fetch(input, init) {
      fetching++
      const request = new Request(input, init)
      sent.push({ method: request.method, url: request.url, body: await request.clone().text() })
      try {
        const response = await fetch(request)
        fetching++
        response
          .clone()
          .arrayBuffer()
          .then(
            () => fetching--,
            () => fetching--,
          )
        return response
      } finally {
        fetching--
      }
    },
  })
  const storage = watchStorage(platform.databases, new AbortController().signal)
  underWay = () => fetching + storage.underWay
  const users = backendlessEndpoint({ appId, apiKey, baseUrl: proxy.url })
  const client = openClient({
    ...options,
    endpoints: { users },
    platform: { ...platform, databases: storage.databases },
  })
  onTestFinished(() => client.close())
  return { ...scene, client, connectivity: platform.connectivity, sent }
}

/** Has 500 edits of 50 records sent over the link; looks at what became of them, and counts the requests. */
async function drainOnce(
  { isTold, conflicts, latencyMs }: { isTold: boolean; conflicts: 'compare' | 'overwrite'; latencyMs: number },
  seed: number,
): Promise<ReturnType<typeof ratio>> {
  const { client, connectivity, sent, ...scene } = await openCore({ conflicts }, seed)
  const { world, proxy } = scene
  const ids = await Promise.all(Array.from({ length: 50 }, (_, at) => world.register(`user${at}@x.co`)))
  await client.session.use(ids[0]!, { token: await logInElsewhere(world, 'user0@x.co') })
  proxy.setUp(false)
  for (let at = 0; at < edits; at++) {
    await client.record('users', ids[at % ids.length]!).update({ name: `value ${at}`, [`own${at}`]: at })
  }
  await world.quiet()
  sent.length = 0
  proxy.add({ match: {}, do: 'pass', hold: true, times: 'always' })

  await flap(scene, {
    latencyMs,
    done: () => client.status$.value.pending === 0,
    ...(isTold && { told: connectivity }),
  })

  expect(client.faults.open$.value).toEqual([])
  for (const [place, id] of ids.entries()) {
    const { name = [], ...others } = effectsOf(world.server.control.log({ userId: id }))
    const own = Object.fromEntries(
      Array.from({ length: 10 }, (_, turn) => [`own${turn * 50 + place}`, [turn * 50 + place]]),
    )
    expect(others).toEqual(own)
    // A request that left before the rest was saved is repeated as it was, and comes first.
    expect([[`value ${450 + place}`], [`value ${place}`, `value ${450 + place}`]]).toContainEqual(name)
  }
  const counted = ratio(sent)
  expect(counted.composed).toBeGreaterThanOrEqual(ids.length)
  return counted
}

/** Drains once for each seed; resolves with the requests that each update took on average. */
export async function requestsPerUpdate(
  link: Parameters<typeof drainOnce>[0],
  seeds: readonly number[],
): Promise<number> {
  let [requests, composed] = [0, 0]
  for (const seed of seeds) {
    const counted = await drainOnce(link, seed)
    requests += counted.requests
    composed += counted.composed
  }
  return requests / composed
}
