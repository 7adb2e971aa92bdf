/* The events of a world, in virtual time. */
import { expect, it } from 'vitest'
import { EventLoop } from './event-loop.js'

it('has nothing left to do when all that is due later was taken back, or is of a tab that is gone', async () => {
  const loop = new EventLoop()
  const cancel = loop.schedule(10_000, undefined, () => {})
  loop.schedule(20_000, { state: 'dead' }, () => {})
  cancel()
  expect(await loop.run(() => false, 1_000)).toBe('idle')
  loop.schedule(10_000, undefined, () => {})
  expect(await loop.run(() => false, 1_000)).toBe('late')
})
