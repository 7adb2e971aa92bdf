/* One sender: who may send, and when another takes over (G5, G14, R13). */
import { afterEach, describe, expect, it } from 'vitest'
import type { Locks } from '../../src/platform/platform.js'
import type { Database } from '../../src/store/database.js'
import { workLanes } from '../../src/store/settlements.js'
import type { LeaseRow } from '../../src/store/rows.js'
import { createLease, type Lease } from '../../src/sync/lease.js'
import { turns } from '../support/fake-clock.js'
import { fakeDevice, type FakeDevice, type FakePlatform, fakePlatform } from '../support/fake-platform.js'
import { freezable } from '../support/freezable.js'
import { openDatabase, plainOptions } from '../support/open-database.js'

interface Context {
  lease: Lease
  db: Database
  platform: FakePlatform
  deposed: number
  freeze(): void
  thaw(): void
  /** Waits for it; `resumes`: without having heard of another one that has it. */
  take(signal?: AbortSignal, resumes?: boolean): Promise<boolean>
  /** Starts to wait for it; `granted` is set once there is an answer. */
  ask(signal?: AbortSignal, resumes?: boolean): { granted?: boolean }
}

const name = 'leased'
const opened: Context[] = []
let ended = new AbortController()

afterEach(async () => {
  ended.abort()
  ended = new AbortController()
  for (const { lease, db, thaw } of opened.splice(0)) {
    thaw()
    lease.close()
    db.close()
  }
  await turns()
})

async function context(device: FakeDevice, { locks = true, keepsLock = false } = {}): Promise<Context> {
  const whole = fakePlatform({ device, ...(!locks && { locks: undefined as never }) })
  const { parts, freeze, thaw } = freezable(whole)
  const db = await openDatabase({ ...plainOptions, name, platform: whole })
  const one: Context = {
    db,
    platform: whole,
    deposed: 0,
    freeze,
    thaw,
    lease: createLease({
      db,
      platform: { ...whole, ...parts, ...(keepsLock && { locks: keeping(whole.locks!) }) },
      name,
      onDeposed() {
        one.deposed++
        one.lease.drop()
      },
      onError(error) {
        throw error
      },
    }),
    take(signal = ended.signal, resumes = false) {
      if (!resumes) one.lease.forget()
      return one.lease.acquire(signal, (right) => workLanes(db, { jobs: [], right, nowMs: 0 }))
    },
    ask(signal = ended.signal, resumes = false) {
      const asked: { granted?: boolean } = {}
      void one.take(signal, resumes).then((granted) => void (asked.granted = granted))
      return asked
    },
  }
  opened.push(one)
  return one
}

/** As WebKit does with a page in its back/forward cache: once granted, a lock is never let go. */
function keeping(locks: Locks): Locks {
  const hold: Locks['hold'] = (lockName, signal, held) =>
    locks.hold(lockName, signal, () => {
      void held()
      return new Promise(() => {})
    })
  return { hold }
}

/** A holder's writes are taken, or it has been deposed. */
const fence = async ({ db }: Context, epoch: number | undefined): Promise<string> =>
  'epoch' in (await workLanes(db, { jobs: [], right: epoch!, nowMs: 0 })) ? 'done' : 'deposed'

const row = ({ db }: Context): Promise<LeaseRow> =>
  db.read((tables) => tables.meta.get('lease') as unknown as Promise<LeaseRow>)

describe.each([
  ['with Web Locks', true],
  ['without Web Locks', false],
])('%s', (_, locks) => {
  const two = async (): Promise<{ device: FakeDevice; one: Context; other: Context }> => {
    const device = fakeDevice()
    return { device, one: await context(device, { locks }), other: await context(device, { locks }) }
  }

  /** The first of them has it. */
  const held = async (): ReturnType<typeof two> => {
    const found = await two()
    await found.one.take()
    return found
  }

  it('one context at a time has it, and the next as soon as it is released', async () => {
    const { device, one, other } = await two()
    expect(await one.take()).toBe(true)
    const second = other.ask()
    await device.clock.advance(600_000)
    expect(second.granted).toBe(undefined)

    await one.lease.release()
    await turns()
    expect(second.granted).toBe(true)
    expect(one.lease.epoch).toBe(undefined)
    expect(other.lease.epoch).toBeGreaterThan(0)
  })

  it('passes on from a page that may never run again, with no transaction of that page', async () => {
    const { one, other } = await held()
    const second = other.ask()
    await other.platform.clock.advance(2_000)
    one.db.close()
    one.lease.drop()
    await turns()
    expect(second.granted).toBe(true)
  })

  it('is left to a holder that answers, hidden or not, for hours', async () => {
    const { device, one, other } = await held()
    const second = other.ask()
    await device.clock.advance(3_600_000)
    one.lease.setHidden(true)
    await device.clock.advance(3_600_000)
    expect([second.granted, one.deposed]).toEqual([undefined, 0])
  })

  it('is taken from a frozen holder after 90 s of silence', async () => {
    const { device, one, other } = await held()
    const epoch = one.lease.epoch!
    one.freeze()
    const second = other.ask()
    await device.clock.advance(89_000)
    expect(second.granted).toBe(undefined)
    await device.clock.advance(4_000)
    expect(second.granted).toBe(true)
    expect(await fence(one, epoch)).toBe('deposed')
    expect(await fence(other, other.lease.epoch)).toBe('done')
  })

  it('is taken from a frozen holder after 10 s of silence where its page was hidden', async () => {
    const { device, one, other } = await held()
    one.lease.setHidden(true)
    await turns()
    one.freeze()
    const second = other.ask()
    await device.clock.advance(9_000)
    expect(second.granted).toBe(undefined)
    await device.clock.advance(4_000)
    expect(second.granted).toBe(true)
  })

  it('a deposed holder that thaws hears of it at its next beat, and queues like anybody else', async () => {
    const { device, one, other } = await held()
    one.freeze()
    other.ask()
    await device.clock.advance(100_000)
    one.thaw()
    await device.clock.advance(30_000)
    expect([one.deposed, one.lease.epoch]).toEqual([1, undefined])
    const again = one.ask()
    await device.clock.advance(200_000)
    expect(again.granted).toBe(undefined)
    await other.lease.release()
    await device.clock.advance(2_000)
    expect(again.granted).toBe(true)
  })

  it('a clock set forward, as by a sleep of the device, takes it from no holder that is alive', async () => {
    const { device, one, other } = await held()
    const second = other.ask()
    await device.clock.advance(5_000)
    device.clock.jump(86_400_000)
    await device.clock.advance(100_000)
    expect([second.granted, one.deposed]).toEqual([undefined, 0])
  })

  it('a clock set back does not make a frozen holder last', async () => {
    const { device, one, other } = await held()
    one.freeze()
    const second = other.ask()
    await device.clock.advance(5_000)
    device.clock.jump(-86_400_000)
    await device.clock.advance(200_000)
    expect(second.granted).toBe(true)
  })

  it('waiting can be given up, and leaves nothing behind', async () => {
    const { device, one, other } = await held()
    const giveUp = new AbortController()
    const second = other.ask(giveUp.signal)
    await device.clock.advance(2_000)
    giveUp.abort()
    await turns()
    expect(second.granted).toBe(false)
    await one.lease.release()
    await turns()
    expect(other.lease.epoch).toBe(undefined)
    expect([device.clock.sleeping, device.locks.isHeld(`${name}:lease`)]).toEqual([0, false])
  })

  it('given up while it was being granted, it is free for the next one', async () => {
    const { device, one, other } = await two()
    const giveUp = new AbortController()
    const first = one.ask(giveUp.signal)
    for (let turn = 0; turn < 40 && first.granted === undefined; turn++) {
      if (turn === 3) giveUp.abort()
      await turns(1)
    }
    expect([first.granted, one.lease.epoch]).toEqual([false, undefined])
    const second = other.ask()
    await device.clock.advance(3_000)
    expect(second.granted).toBe(true)
  })

  it('a holder beats, and nobody sleeps once it has let go', async () => {
    const { device, one } = await held()
    const { beatAtMs } = await row(one)
    await device.clock.advance(61_000)
    expect((await row(one)).beatAtMs).toBe(beatAtMs + 60_000)
    await one.lease.release()
    expect(device.clock.sleeping).toBe(0)
  })

  it('a page says in the row that it is hidden, and so does one that was hidden before it held anything', async () => {
    const { one, other } = await held()
    one.lease.setHidden(true)
    await turns()
    expect(await row(one)).toMatchObject({ hidden: true })
    await one.lease.release()
    other.lease.setHidden(true)
    await other.take()
    expect(await row(other)).toMatchObject({ hidden: true, epoch: other.lease.epoch })
  })

  it('messages of any other shape change nothing', async () => {
    const { device, one, other } = await held()
    const second = other.ask()
    const channel = device.channels.forTab(new AbortController().signal).open(`${name}:lease`)
    for (const message of [null, 1, 'released', { released: null }, { released: '1' }, { released: {} }, ['held']])
      channel.post(message)
    await device.clock.advance(60_000)
    channel.close()
    expect([second.granted, one.deposed]).toEqual([undefined, 0])
  })
})

describe('an invariant', () => {
  it('T1, one wait at a time, is asserted, and the wait that was first goes on', async () => {
    const device = fakeDevice()
    const [one, other] = [await context(device), await context(device)]
    await one.take()
    const first = other.ask()
    await turns()
    await expect(other.take()).rejects.toMatchObject({ name: 'InvariantError', invariant: 'T1' })
    await one.lease.release()
    await turns()
    expect([first.granted, other.lease.epoch]).toEqual([true, expect.any(Number)])
  })

  it.each([true, false])(
    'T2, only what is held has an epoch, a beat and the lock, holds; with Web Locks: %s',
    async (locks) => {
      const device = fakeDevice()
      const [one, other] = [await context(device, { locks }), await context(device, { locks })]
      const seen = (): unknown[] => [
        one.lease.epoch !== undefined,
        device.clock.sleeping,
        device.locks.isHeld(`${name}:lease`),
      ]
      expect(seen()).toEqual([false, 0, false])
      await one.take()
      expect(seen()).toEqual([true, 1, locks])
      await one.lease.release()
      await turns()
      expect(seen()).toEqual([false, 0, false])
      // Also where the lock comes too late: another context had it, and let the lease go by a message alone.
      await other.take()
      const waits = one.ask()
      await turns()
      other.lease.drop()
      await turns()
      expect(waits.granted).toBe(true)
      one.lease.drop()
      expect(seen()[0]).toBe(false)
      await turns()
      expect(seen()).toEqual([false, 0, false])
    },
  )

  it('T3, a wait that ends leaves nothing behind, holds also for the signal that can give it up', async () => {
    const device = fakeDevice()
    const one = await context(device)
    const listeners = new Set<unknown>()
    const { signal } = new AbortController()
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (type: string, listener: never, options?: object) => {
      listeners.add(listener)
      ;(options as { signal?: AbortSignal } | undefined)?.signal?.addEventListener('abort', () =>
        listeners.delete(listener),
      )
      add(type, listener, options)
    }
    signal.removeEventListener = (type: string, listener: never) => {
      listeners.delete(listener)
      remove(type, listener)
    }
    for (let round = 0; round < 3; round++) {
      await one.take(signal)
      await one.lease.release()
    }
    expect(listeners.size).toBe(0)
  })
})

it('T4, only a context with the lock resumes, and only once: the next write shows whether another had it in between', async () => {
  const device = fakeDevice()
  const [first, second] = [await context(device), await context(device)]
  first.ask()
  await turns()
  await first.lease.release()
  first.ask(ended.signal, true)
  await turns()
  const { epoch } = first.lease
  expect(await fence(first, epoch)).toBe('done')
  await first.lease.release()

  second.ask(ended.signal, true)
  await turns()
  expect(second.lease.epoch).toBe(epoch! + 1)
  await second.lease.release()
  first.ask(ended.signal, true)
  await turns()
  expect(first.lease.epoch).toBe(epoch)
  expect(await fence(first, epoch)).toBe('deposed')

  first.lease.drop()
  first.ask(ended.signal, true)
  await turns()
  expect(first.lease.epoch).toBe(epoch! + 2)
  expect(await fence(first, epoch! + 2)).toBe('done')
})

it('that of a lost database is worth nothing in the next one, with any first claim of that', async () => {
  const device = fakeDevice()
  const [first, second] = [await context(device), await context(device)]
  first.ask()
  await turns()
  const { epoch } = first.lease
  await first.lease.release()

  device.indexedDB.deleteDatabase(name)
  await turns()
  await device.clock.advance(1)
  second.ask()
  await turns()
  await second.lease.release()
  // It has not heard of the loss.
  first.ask(ended.signal, true)
  await turns()
  expect(first.lease.epoch).toBe(epoch)
  expect(await fence(first, epoch)).toBe('deposed')
})

it('a holder that crashes is followed at once, since its Web Lock is free', async () => {
  const device = fakeDevice()
  const one = await context(device)
  const other = await context(device)
  await one.take()
  one.freeze()
  const second = other.ask()
  await device.clock.advance(5_000)
  expect(second.granted).toBe(undefined)
  one.platform.crash()
  await turns()
  expect(second.granted).toBe(true)
})

it('a crash that no lock tells of is noticed by its silence', async () => {
  const device = fakeDevice()
  const one = await context(device, { locks: false })
  const other = await context(device, { locks: false })
  await one.take()
  one.freeze()
  one.platform.crash()
  const second = other.ask()
  await device.clock.advance(95_000)
  expect(second.granted).toBe(true)
})

it('a page whose lock the browser keeps all the same passes the lease on by saying so', async () => {
  const device = fakeDevice()
  const one = await context(device, { keepsLock: true })
  const other = await context(device)
  await one.take()
  const second = other.ask()
  await turns()
  one.lease.drop()
  await turns()
  expect(device.locks.isHeld(`${name}:lease`)).toBe(true)
  expect(second.granted).toBe(true)

  // The lock never comes: the row passes on without it.
  await other.lease.release()
  const third = (await context(device)).ask()
  await device.clock.advance(2_000)
  expect(third.granted).toBe(true)
})

it('a page that was frozen while it waited keeps a lock and not the lease', async () => {
  const device = fakeDevice()
  const [one, waiting, third] = [await context(device), await context(device), await context(device)]
  await one.take()
  waiting.ask()
  await turns()
  waiting.freeze()
  await one.lease.release()
  const last = third.ask()
  await device.clock.advance(5_000)
  expect(last.granted).toBe(true)
})
