import { expect, test } from 'vitest'
import { createFrames, type Frames } from '../../src/live/frames.js'
import { FakeClock, turns } from '../support/fake-clock.js'

/** When each look was due, in ms since the start. */
function looking(): { clock: FakeClock; frames: Frames; look(): void; looks: number[] } {
  const clock = new FakeClock()
  const frames = createFrames(clock)
  const startMs = clock.now()
  const looks: number[] = []
  return { clock, frames, looks, look: () => void frames.next().then(() => looks.push(clock.now() - startMs)) }
}

test('a look is due at once while no requests are out, however many come', async () => {
  const { clock, look, looks } = looking()
  for (let n = 0; n < 3; n++) {
    look()
    await turns()
  }
  expect(looks).toEqual([0, 0, 0])
  expect(clock.sleeping).toBe(0)
})

test('while requests are out, it is due a frame after the last one', async () => {
  const { clock, frames, look, looks } = looking()
  frames.sending(true)
  look()
  await clock.advance(5)
  look()
  await clock.advance(10)
  expect(looks).toEqual([0])
  await clock.advance(1)
  expect(looks).toEqual([0, 16])
  await clock.advance(100)
  look()
  await turns()
  expect(looks).toEqual([0, 16, 116])
})

test('the last answer makes the next look due, and leaves no timer (G14)', async () => {
  const { clock, frames, look, looks } = looking()
  frames.sending(true)
  look()
  await clock.advance(1)
  look()
  await turns()
  frames.sending(false)
  await turns()
  expect(looks).toEqual([0, 1])
  expect(clock.sleeping).toBe(0)
})

test('a clock that was set back keeps nobody waiting', async () => {
  const { clock, frames, look, looks } = looking()
  frames.sending(true)
  look()
  await turns()
  clock.jump(-3_600_000)
  look()
  await turns()
  expect(looks).toHaveLength(2)
})
