/* Credentials that are fetched before a request is written, and clocks (R2, R12). */
import { expect, it } from 'vitest'
import { fail, senderWorld } from './sender-world.js'

it('fetches them again after the clock was set back, and does not wait for the old time', async () => {
  let fetches = 0
  const world = await senderWorld({
    endpoint: {
      prepare: () =>
        Promise.resolve(
          fetches++ ? { ok: true as const } : (fail('server') as Extract<ReturnType<typeof fail>, { ok: false }>),
        ),
    },
  })
  await world.save('r1', { name: 'James' })
  await world.wake()
  expect([fetches, world.calls.length]).toEqual([1, 0])
  world.platform.clock.jump(-86_400_000)
  await world.save('r2', { name: 'Mary' })
  await world.wake()
  await world.pass(1_000)
  expect(world.records).toEqual(
    new Map([
      ['r1', { name: 'James' }],
      ['r2', { name: 'Mary' }],
    ]),
  )
})
