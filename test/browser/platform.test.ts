import { expect, test } from 'vitest'
import { browserPlatform } from '../../src/platform/browser-platform.js'
import { resultOf } from '../support/raw-storage.js'

const never = new AbortController().signal

/** A promise with its resolve. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open!: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

test('a lock has one holder at a time, the next one as soon as it is let go', async () => {
  const locks = browserPlatform().locks!
  const trace: string[] = []
  const [entered, leave] = [gate(), gate()]
  const first = locks.hold('platform test: order', never, async () => {
    trace.push('first in')
    entered.open()
    await leave.opened
    trace.push('first out')
  })
  await entered.opened
  const second = locks.hold('platform test: order', never, async () => void trace.push('second in'))
  leave.open()
  await Promise.all([first, second])

  expect(trace).toEqual(['first in', 'first out', 'second in'])
})

test('waiting for a lock ends when aborted, and holding it does not', async () => {
  const locks = browserPlatform().locks!
  const [stopHolding, stopWaiting] = [new AbortController(), new AbortController()]
  const [entered, leave] = [gate(), gate()]
  let held = 0
  const first = locks.hold('platform test: abort', stopHolding.signal, async () => {
    held++
    entered.open()
    await leave.opened
    held++
  })
  await entered.opened
  const second = locks.hold('platform test: abort', stopWaiting.signal, async () => void (held += 10))
  stopWaiting.abort()
  await second
  await locks.hold('platform test: abort', AbortSignal.abort(), async () => void (held += 10))

  stopHolding.abort()
  leave.open()
  await first

  expect(held).toBe(2)
})

test('an error of the holder comes out, even if it was aborted meanwhile', async () => {
  const locks = browserPlatform().locks!
  const stop = new AbortController()

  const holding = locks.hold('platform test: throw', stop.signal, async () => {
    stop.abort()
    throw new Error('of the holder')
  })

  await expect(holding).rejects.toThrow('of the holder')
})

test('a message reaches another context of the origin, and not its sender', async () => {
  const { channels } = browserPlatform()
  const [one, two] = [channels.open('platform test'), channels.open('platform test')]
  const own: unknown[] = []
  one.onMessage((message) => own.push(message))
  const heard = new Promise((resolve) => two.onMessage(resolve))

  one.post({ version: 1 })

  expect(await heard).toEqual({ version: 1 })
  one.close()
  one.post('too late')
  two.close()
  expect(own).toEqual([])
})

test('connectivity tells of each change until the listener leaves', () => {
  const { connectivity } = browserPlatform()
  const told: boolean[] = []
  const off = connectivity.onChange((online) => told.push(online))
  dispatchEvent(new Event('offline'))
  dispatchEvent(new Event('online'))
  off()
  dispatchEvent(new Event('offline'))

  expect(told).toEqual([false, true])
  expect(connectivity.online).toBe(navigator.onLine)
})

test('visibility tells a return from the back/forward cache, and no first load', () => {
  const { visibility } = browserPlatform()
  const told: string[] = []
  const off = visibility.onEvent((event) => told.push(event))
  document.dispatchEvent(new Event('visibilitychange'))
  document.dispatchEvent(new Event('freeze'))
  document.dispatchEvent(new Event('resume'))
  dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  off()
  document.dispatchEvent(new Event('freeze'))

  expect(told).toEqual([document.hidden ? 'hide' : 'show', 'freeze', 'resume', 'pagehide', 'pageshow'])
  expect(visibility.hidden).toBe(document.hidden)
})

test('a healed factory has the same databases, each time in a fresh frame, and only the newest stays', async () => {
  const { databases } = browserPlatform()
  const name = 'platform test: healed'
  const write = databases.factory!.indexedDB.open(name, 7)
  await resultOf(write)
  write.result.close()
  const frames = () => document.querySelectorAll('iframe').length
  const before = frames()

  const factories = [databases.heal!()!, databases.heal!()!]
  const read = factories[1]!.indexedDB.open(name)
  await resultOf(read)
  read.result.close()

  expect(read.result.version).toBe(7)
  expect(factories[0]!.indexedDB).not.toBe(factories[1]!.indexedDB)
  expect(factories[1]!.IDBKeyRange.only(1).lower).toBe(1)
  expect(frames() - before).toBe(1)
  await resultOf(databases.factory!.indexedDB.deleteDatabase(name))
})

test('the rest is there: ids, requests, caches', async () => {
  const { random, fetch, caches } = browserPlatform()

  expect(random.id()).toMatch(/^[0-9a-f]{24}$/)
  expect((await fetch(location.href)).ok).toBe(true)
  expect(caches).toBe(globalThis.caches)
})
