import { config } from 'rxjs'
import { afterEach, describe, expect, test } from 'vitest'
import { createChanges, createLiveValue, type LiveOptions } from '../../src/live/live-value.js'

function cell<T>(first: T, options?: LiveOptions) {
  const changes = createChanges()
  let value = first
  let computed = 0
  const live = createLiveValue(changes, 'cell', () => (computed++, value), options)
  const set = (next: T) => {
    value = next
    changes.changed('cell')
  }
  return { live, set, changes, computed: () => computed }
}

afterEach(() => {
  config.onUnhandledError = null
})

test('emits on subscribe, and then on change only', () => {
  const { live, set } = cell({ name: 'a', tags: ['x'] })
  const seen: unknown[] = []
  live.subscribe((value) => seen.push(value))

  set({ name: 'a', tags: ['x'] })
  set({ name: 'b', tags: ['x'] })
  set({ name: 'b', tags: ['x', 'y'] })

  expect(seen).toEqual([
    { name: 'a', tags: ['x'] },
    { name: 'b', tags: ['x'] },
    { name: 'b', tags: ['x', 'y'] },
  ])
})

test('a value that is equal keeps its identity, read or observed', () => {
  const { live, set } = cell({ name: 'a' })
  const first = live.value

  set({ name: 'a' })

  expect(live.value).toBe(first)
})

test('values are frozen all the way down', () => {
  const { live } = cell({ list: [{ name: 'a' }] })

  expect(Object.isFrozen(live.value)).toBe(true)
  expect(Object.isFrozen(live.value.list)).toBe(true)
  expect(Object.isFrozen(live.value.list[0])).toBe(true)
})

test('nothing is computed while nobody looks', () => {
  const { live, set, computed } = cell(0)

  for (let next = 1; next <= 1000; next++) set(next)
  expect(computed()).toBe(0)

  expect(live.value).toBe(1000)
  expect(live.value).toBe(1000)
  expect(computed()).toBe(1)
})

test('a change of another topic tells no observer, and is seen when read', () => {
  const { live, changes, computed } = cell(0)
  live.subscribe()

  changes.changed('other')
  expect(computed()).toBe(1)

  void live.value
  expect(computed()).toBe(2)
})

test('a change that names no topic tells all', () => {
  const changes = createChanges()
  let value = 1
  const seen: string[] = []
  createLiveValue(changes, 'a', () => value).subscribe((next) => seen.push(`a${next}`))
  createLiveValue(changes, 'b', () => value).subscribe((next) => seen.push(`b${next}`))

  value = 2
  changes.changed()

  expect(seen).toEqual(['a1', 'b1', 'a2', 'b2'])
})

describe('a subscriber that changes the value inside its callback', () => {
  test('makes nobody see an older value after a newer one', () => {
    const { live, set } = cell(0)
    const first: number[] = []
    const second: number[] = []
    live.subscribe((value) => {
      first.push(value)
      if (value === 1) set(2)
    })
    live.subscribe((value) => second.push(value))

    set(1)

    expect(first).toEqual([0, 1, 2])
    expect(second).toEqual([0, 2])
  })

  test('is told of its own change before that call returns', () => {
    const { live, set } = cell(0)
    const trace: string[] = []
    live.subscribe((value) => {
      trace.push(`sees ${value}`)
      if (value !== 1) return
      set(2)
      trace.push('has set 2')
    })

    set(1)

    expect(trace).toEqual(['sees 0', 'sees 1', 'sees 2', 'has set 2'])
  })

  test('may do so at its first value', () => {
    const { live, set } = cell(0)
    const seen: number[] = []
    live.subscribe((value) => {
      seen.push(value)
      if (value < 3) set(value + 1)
    })

    expect(seen).toEqual([0, 1, 2, 3])
  })
})

test('one that throws breaks neither the others nor the change', async () => {
  const { live, set } = cell(0)
  const seen: number[] = []
  const thrown = new Promise((resolve) => (config.onUnhandledError = resolve))
  live.subscribe((value) => {
    if (value === 1) throw new Error('of the app')
  })
  live.subscribe((value) => seen.push(value))

  set(1)
  set(2)

  expect(seen).toEqual([0, 1, 2])
  await expect(thrown).resolves.toMatchObject({ message: 'of the app' })
})

test('subscribers that come and go during an emission get each value once', () => {
  const { live, set } = cell(0)
  const late: number[] = []
  const gone: number[] = []
  live.subscribe((value) => {
    if (value !== 1) return
    live.subscribe((next) => late.push(next))
    second.unsubscribe()
  })
  const second = live.subscribe((value) => gone.push(value))

  set(1)
  set(2)

  expect(late).toEqual([1, 2])
  expect(gone).toEqual([0])
})

test('tells when the first observer comes and when the last one goes', () => {
  const told: boolean[] = []
  const { live } = cell(0, { observed: (on) => told.push(on) })
  const one = live.subscribe()
  const two = live.subscribe()
  one.unsubscribe()
  one.unsubscribe()
  expect(told).toEqual([true])

  two.unsubscribe()
  live.subscribe().unsubscribe()

  expect(told).toEqual([true, false, true, false])
})

test('subscribers wait while it is not ready, and get their first value even if it is the old one', () => {
  let ready = false
  const { live, set } = cell(0, { ready: () => ready })
  const seen: number[] = []
  live.subscribe((value) => seen.push(value))
  set(0)
  expect(seen).toEqual([])

  ready = true
  set(0)

  expect(seen).toEqual([0])
})

test('completes on close; a later subscriber gets the last value and completes', () => {
  const told: boolean[] = []
  const { live, set, changes } = cell(1, { observed: (on) => told.push(on) })
  const trace: string[] = []
  const observer = (name: string) => ({
    next: (value: number) => trace.push(`${name} ${value}`),
    complete: () => trace.push(`${name} ends`),
  })
  live.subscribe(observer('one'))

  changes.close()
  set(2)
  live.subscribe(observer('two'))

  expect(trace).toEqual(['one 1', 'one ends', 'two 2', 'two ends'])
  expect(told).toEqual([true, false])
})
