/* The sender's one timer (G14, S7). */
import { expect, it } from 'vitest'
import { createAlarm } from '../../src/sync/alarm.js'
import { FakeClock } from '../support/fake-clock.js'

it('rings at the earliest time that is due', async () => {
  const clock = new FakeClock()
  const alarm = createAlarm(clock)
  const nowMs = clock.now()
  for (const ms of [3_000, 1_000, 2_000]) alarm.due(nowMs + ms)
  expect(alarm.atMs).toBe(nowMs + 1_000)
  const rang = alarm.ring()
  await clock.advance(999)
  expect(clock.sleeping).toBe(1)
  await clock.advance(1)
  expect([await rang, clock.sleeping]).toEqual([true, 0])
})

it('has no timer while nothing is due (G14), and rings at once for what is overdue', async () => {
  const clock = new FakeClock()
  const alarm = createAlarm(clock)
  expect([await alarm.ring(), clock.sleeping]).toEqual([false, 0])
  alarm.due(clock.now() - 1)
  const rang = alarm.ring()
  await clock.advance(0)
  expect(await rang).toBe(true)
})

it('forgets what was due when it is emptied, and a later time counts then (S7)', () => {
  const alarm = createAlarm(new FakeClock())
  alarm.due(1_000)
  alarm.empty()
  expect(alarm.atMs).toBeUndefined()
  alarm.due(2_000)
  expect(alarm.atMs).toBe(2_000)
})

it('is interrupted, and says so', async () => {
  const clock = new FakeClock()
  const alarm = createAlarm(clock)
  alarm.interrupt()
  const slept = alarm.sleep(1_000)
  alarm.interrupt()
  expect([await slept, clock.sleeping]).toEqual([false, 0])
})

it('rings at once where the clock was set back since it was set (R12)', async () => {
  const clock = new FakeClock()
  const alarm = createAlarm(clock)
  alarm.due(clock.now() + 5_000)
  clock.jump(-86_400_000)
  const rang = alarm.ring()
  await clock.advance(0)
  expect([await rang, clock.sleeping]).toEqual([true, 0])
  // A later time does not hide that one.
  alarm.due(clock.now() + 3_600_000)
  const again = alarm.ring()
  await clock.advance(0)
  expect([await again, clock.sleeping]).toEqual([true, 0])
})
