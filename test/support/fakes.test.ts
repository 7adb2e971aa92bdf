// The fakes keep the promises of the real platform, or every test on them proves nothing.
import { describe, expect, test } from 'vitest'
import { FakeClock, turns } from './fake-clock.js'
import { fakePlatform } from './fake-platform.js'
import { resultOf } from './raw-storage.js'

const never = new AbortController().signal

describe('the clock', () => {
  test('wakes sleepers in the order of their times, at their times, those that they start included', async () => {
    const clock = new FakeClock(0)
    const trace: string[] = []
    const sleeper = async (name: string, ...waitsMs: number[]) => {
      for (const ms of waitsMs) {
        await clock.sleep(ms)
        trace.push(`${name} ${clock.now()}`)
      }
    }
    void sleeper('a', 10, 15)
    void sleeper('b', 20)
    expect(clock.sleeping).toBe(2)

    await clock.advance(24)
    expect(trace).toEqual(['a 10', 'b 20'])
    expect([clock.now(), clock.nextDueAtMs]).toEqual([24, 25])

    await clock.advance(1)
    expect(trace.at(-1)).toBe('a 25')
    expect(clock.sleeping).toBe(0)
  })

  test('an aborted sleep ends at once', async () => {
    const clock = new FakeClock(0)
    const stop = new AbortController()
    const sleep = clock.sleep(10, stop.signal)
    stop.abort()
    await sleep

    expect(clock.sleeping).toBe(0)
  })

  test('a jump leaves sleepers the time that they had left', async () => {
    const clock = new FakeClock(0)
    let awake = false
    void clock.sleep(10).then(() => (awake = true))
    clock.jump(1_000)
    await clock.advance(9)
    expect(awake).toBe(false)

    await clock.advance(1)
    expect(awake).toBe(true)
  })
})

describe('tabs of a device', () => {
  test('share locks: one holds, the next one gets it when the tab crashes', async () => {
    const one = fakePlatform()
    const two = fakePlatform({ device: one.device })
    const trace: string[] = []
    void one.locks!.hold('lease', never, () => {
      trace.push('one')
      return new Promise(() => {})
    })
    const second = two.locks!.hold('lease', never, async () => void trace.push('two'))
    await turns()
    expect(trace).toEqual(['one'])

    one.crash()
    await second

    expect(trace).toEqual(['one', 'two'])
    expect(one.device.locks.isHeld('lease')).toBe(false)
  })

  test('waiting for a lock ends when aborted', async () => {
    const tab = fakePlatform()
    const stop = new AbortController()
    const leave = new AbortController()
    const first = tab.locks!.hold(
      'lease',
      never,
      () => new Promise((resolve) => leave.signal.addEventListener('abort', () => resolve())),
    )
    let held = false
    const second = tab.locks!.hold('lease', stop.signal, async () => void (held = true))
    stop.abort()
    await second
    leave.abort()
    await first

    expect(held).toBe(false)
    expect(tab.device.locks.isHeld('lease')).toBe(false)
  })

  test('an error of the holder comes out, and the lock is free', async () => {
    const tab = fakePlatform()
    const holding = tab.locks!.hold('lease', never, () => Promise.reject(new Error('of the holder')))

    await expect(holding).rejects.toThrow('of the holder')
    await turns()
    expect(tab.device.locks.isHeld('lease')).toBe(false)
  })

  test('hear each other, as copies, later and in order; a crashed one neither speaks nor hears', async () => {
    const one = fakePlatform()
    const [two, three] = [fakePlatform({ device: one.device }), fakePlatform({ device: one.device })]
    const channels = [one, two, three].map((tab) => tab.channels.open('changes'))
    const heard: unknown[] = []
    channels.forEach((channel, tab) => channel.onMessage((message) => heard.push([tab, message])))
    const message = { version: 1 }

    channels[0]!.post(message)
    message.version = 2
    channels[0]!.post('second')
    expect(heard).toEqual([])
    three.crash()
    channels[2]!.post('from the dead')
    await turns()

    expect(heard).toEqual([
      [1, { version: 1 }],
      [1, 'second'],
    ])
  })

  test('share databases, other devices have their own; a crash closes those of the tab', async () => {
    const one = fakePlatform()
    const two = fakePlatform({ device: one.device })
    const elsewhere = fakePlatform()
    const open = (tab: typeof one, version?: number) => resultOf(tab.databases.factory!.indexedDB.open('db', version))
    const database = await open(one, 3)

    expect((await open(two)).version).toBe(3)
    expect((await open(elsewhere)).version).toBe(1)

    one.crash()
    expect(() => database.transaction([])).toThrow()
  })

  test('have their own random numbers, the same ones for the same seed', () => {
    const draw = (seed: number) => {
      const one = fakePlatform({ seed })
      const two = fakePlatform({ device: one.device })
      return [one, two].map(({ random }) => [random.number(), random.id()])
    }

    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    expect(draw(7)[0]).not.toEqual(draw(7)[1])
    expect(draw(7)[0]![1]).toMatch(/^[0-9a-f]{24}$/)
  })

  test('requests fail without a network, and are never answered after a crash', async () => {
    const tab = fakePlatform()
    await expect(tab.fetch('http://127.0.0.1/')).rejects.toThrow('Failed to fetch')

    tab.crash()
    let answered = false
    void tab.fetch('http://127.0.0.1/').finally(() => (answered = true))
    await turns()

    expect(answered).toBe(false)
  })

  test('connectivity and visibility tell of what happens', () => {
    const { connectivity, visibility } = fakePlatform()
    const told: unknown[] = []
    const offs = [connectivity.onChange((online) => told.push(online)), visibility.onEvent((event) => told.push(event))]
    connectivity.set(false)
    connectivity.set(false)
    visibility.happen('hide')
    visibility.happen('freeze')
    expect([connectivity.online, visibility.hidden]).toEqual([false, true])
    for (const off of offs) off()
    connectivity.set(true)
    visibility.happen('show')

    expect(told).toEqual([false, 'hide', 'freeze'])
    expect([connectivity.listeners, visibility.listeners]).toEqual([0, 0])
  })
})
