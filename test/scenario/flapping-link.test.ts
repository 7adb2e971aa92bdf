/* A link that is up for one second and down for three: a long queue drains, and few requests are wasted on it (R12). */
import { expect, it } from 'vitest'
import { behindProxy } from '../support/behind-proxy.js'
import { effectsOf } from '../support/effects.js'
import { edits, flap, ratio, requestsPerUpdate } from '../support/flapping-link.js'

// Where nobody says when the link is back, luck evens out over several seeds: flapping-link.long.test.ts.
it('500 edits of 50 records drain in under 3 requests per update, when the device is told', async () => {
  const requests = await requestsPerUpdate({ isTold: true, conflicts: 'compare', latencyMs: 200 }, [1])
  expect(requests).toBeLessThan(3)
})

it.each<[told: boolean, most: number]>([
  [true, 3],
  // As above: with one record nothing shares what a try costs.
  [false, 7],
])('500 edits of one user, made while the link flaps, drain in order: device told %s', async (isTold, most) => {
  const scene = await behindProxy()
  const { world, proxy } = scene
  const tab = await world.signedIn({ baseUrl: proxy.url })
  proxy.add({ match: {}, do: 'pass', hold: true, times: 'always' })
  let made = 0

  await flap(scene, {
    done: () => made === edits && tab.app.status$.value.pending === 0,
    step: () => (made < edits ? tab.users.update({ name: `value ${made++}` }) : undefined),
    ...(isTold && { told: tab.platform.connectivity }),
  })

  const sent = world.requests.map(({ route, body }) => ({
    method: route.slice(0, 3),
    url: route,
    body: JSON.stringify(body ?? null),
  }))
  const { requests, composed } = ratio(sent)
  expect(composed).toBeGreaterThan(3)
  expect(requests / composed).toBeLessThan(most)
  expect(tab.faults).toEqual([])
  const { name } = effectsOf(world.server.control.log({ userId: tab.id })) as { name: string[] }
  const order = name.map((value) => Number(value.slice('value '.length)))
  expect(order).toEqual([...order].sort((a, b) => a - b))
  expect(order.at(-1)).toBe(edits - 1)
})
