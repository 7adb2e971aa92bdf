// In Node, where most of a browser is missing. The parts of browsers: test/browser/platform.test.ts.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { browserPlatform } from '../../src/platform/browser-platform.js'
import { turns } from '../support/fake-clock.js'

test('a part that Node lacks is undefined or silent', () => {
  const { connectivity, visibility, locks, databases, caches } = browserPlatform()

  expect(connectivity.online).toBe(true)
  expect(visibility.hidden).toBe(false)
  // Node has locks from 24 on.
  expect(locks !== undefined).toBe('locks' in (globalThis.navigator ?? {}))
  expect(databases.factory).toBeUndefined()
  expect(databases.heal).toBeUndefined()
  expect(caches).toBeUndefined()
  expect(() => connectivity.onChange(() => {})()).not.toThrow()
  expect(() => visibility.onEvent(() => {})()).not.toThrow()
})

test('a part that a sandboxed frame forbids to name is missing, and no error', () => {
  const forbid = (): never => {
    throw new DOMException('Cache storage is disabled because the context is sandboxed', 'SecurityError')
  }
  Object.defineProperty(globalThis, 'caches', { get: forbid, configurable: true })
  try {
    expect(browserPlatform().caches).toBeUndefined()
  } finally {
    Reflect.deleteProperty(globalThis, 'caches')
  }
})

test('overrides take the place of single parts', () => {
  const random = { ...browserPlatform().random, number: () => 0.5 }
  const platform = browserPlatform({ random, locks: undefined })

  expect(platform.random).toBe(random)
  expect(platform.clock.now()).toBeGreaterThan(0)
})

test('ids are letters and digits, of 96 bits, and never the same', () => {
  const { random } = browserPlatform()
  const ids = Array.from({ length: 1000 }, () => random.id())

  expect(new Set(ids).size).toBe(1000)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{24}$/)
})

test('a message reaches the other channels of its name, and no closed one', async () => {
  const { channels } = browserPlatform()
  const [one, two, other, closed] = ['a', 'a', 'b', 'a'].map((name) => channels.open(`test of messages ${name}`))
  const heard: unknown[] = []
  for (const channel of [one, other, closed]) channel!.onMessage((message) => heard.push(['wrong', message]))
  const arrived = new Promise<void>((resolve) => {
    two!.onMessage((message) => {
      heard.push(message)
      if (message === 'last') resolve()
    })
  })
  const off = two!.onMessage((message) => heard.push(['again', message]))
  off()
  closed!.close()
  closed!.post('from a closed one')

  one!.post({ version: 1 })
  one!.post('last')
  await arrived
  await turns(3)
  for (const channel of [one, two, other]) channel!.close()

  expect(heard).toEqual([{ version: 1 }, 'last'])
})

test('an open channel keeps no process alive', async () => {
  const program = `
    import { browserChannels } from './src/platform/channels.ts'
    const channel = browserChannels.open('left open')
    channel.onMessage(() => {})
    channel.post('hello')
  `
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    timeout: 20_000,
  })

  await expect(run).resolves.toMatchObject({ stderr: '' })
})
