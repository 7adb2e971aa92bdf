/* The flow of an edit, from the call to "saved on this device": what is refused by name, and what a refusing storage means. */
import { IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it } from 'vitest'
import { InvalidEditError, NotLoggedInError, StorageError } from '../../src/backendless/index.js'
import { newest } from '../support/newest.js'
import { watchStorage } from '../support/watched-storage.js'
import { makeWorld, offlineWorld, signedInWorld, type Tab } from '../support/world.js'

/** The patch as an app without types may give it. */
function update(tab: Tab, change: unknown): Promise<unknown> {
  return tab.users.update(change as { name: string })
}

describe('update() before any login', () => {
  it('rejects with code 3028, and writes nothing', async () => {
    const world = await makeWorld()
    const tab = await world.open()
    const before = await world.rows()
    await expect(update(tab, { name: 'James' })).rejects.toBeInstanceOf(NotLoggedInError)
    await expect(update(tab, { name: 'James' })).rejects.toMatchObject({ name: 'NotLoggedInError', code: 3028 })
    expect(await world.rows()).toEqual(before)
    expect(tab.users.current$.value).toBeUndefined()
  })

  it('rejects as well when it is called before the database is open, and when the session has ended', async () => {
    const world = await makeWorld()
    const tab = world.start()
    await expect(update(tab, { name: 'James' })).rejects.toMatchObject({ code: 3028 })
    const other = await world.signedIn()
    await other.users.logout()
    await expect(update(other, { name: 'James' })).rejects.toMatchObject({ code: 3028 })
    expect((await world.rows()).edits).toEqual([])
  })
})

describe('update() refuses by name', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  const cases: [string, unknown, { property: string; value?: unknown; rule: RegExp; code?: number }][] = [
    ['a system property', { created: 1 }, { property: 'created', value: 1, rule: /backend/ }],
    ['the owner', { name: 'J', ownerId: 'X' }, { property: 'ownerId', value: 'X', rule: /backend/ }],
    ['the class', { ___class: 'Users' }, { property: '___class', value: 'Users', rule: /backend/ }],
    ['a token, not showing it', { 'user-token': 'T-1' }, { property: 'user-token', value: undefined, rule: /backend/ }],
    ['a status', { userStatus: 'DISABLED' }, { property: 'userStatus', value: 'DISABLED', rule: /logic/, code: 3054 }],
    [
      'a password, not showing it',
      { password: 'x' },
      { property: 'password', value: undefined, rule: /changePassword/ },
    ],
    [
      "another's id",
      { objectId: 'B', name: 'J' },
      { property: 'objectId', value: 'B', rule: /another user/, code: 3029 },
    ],
    ['NaN', { age: NaN }, { property: 'age', value: NaN, rule: /NaN/ }],
    ['Infinity', { age: Infinity }, { property: 'age', value: Infinity, rule: /Infinity/ }],
    ['an invalid date', { born: new Date(NaN) }, { property: 'born', rule: /Date/ }],
    ['a function', { name: () => 'J' }, { property: 'name', rule: /values are absolute/ }],
    ['a symbol', { name: Symbol('J') }, { property: 'name', rule: /not plain JSON/ }],
    ['a bigint', { age: 1n }, { property: 'age', value: 1n, rule: /not plain JSON/ }],
    ['undefined inside a value', { prefs: { a: undefined } }, { property: 'prefs', rule: /not plain JSON/ }],
    ['an instance', { prefs: new Map() }, { property: 'prefs', rule: /not plain JSON/ }],
    ['a value that contains itself', { prefs: cycle }, { property: 'prefs', value: cycle, rule: /itself/ }],
    ['a prototype', JSON.parse('{"__proto__":{"a":1}}'), { property: '__proto__', rule: /not allowed/ }],
    [
      'a prototype inside',
      { prefs: JSON.parse('{"__proto__":1}') as unknown },
      { property: 'prefs', rule: /__proto__/ },
    ],
    ['over 1 MB', { name: 'x'.repeat(1_048_577) }, { property: 'name', rule: /1 MB/ }],
    ['nothing', {}, { property: '', rule: /changes nothing/ }],
    ['nothing but undefined', { name: undefined }, { property: '', rule: /changes nothing/ }],
    ['null', null, { property: '', rule: /plain object/ }],
    ['a list', [{ name: 'J' }], { property: '', rule: /plain object/ }],
    ['a text', 'James', { property: '', rule: /plain object/ }],
    ['a draft that is left as it was', () => {}, { property: '', rule: /changes nothing/ }],
    [
      'a draft that changes a system property',
      (me: { created: number }) => void (me.created = 1),
      { property: 'created', rule: /draft/ },
    ],
  ]

  it.each(cases)('%s', async (_, change, { rule, ...expected }) => {
    const { world, tab } = await offlineWorld()
    const seen: unknown[] = []
    tab.users.current$.subscribe((me) => seen.push(me))
    const before = await world.rows()
    const error = await update(tab, change).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(InvalidEditError)
    expect(error).toMatchObject({ name: 'InvalidEditError', ...expected, rule: expect.stringMatching(rule) as string })
    expect((error as Error).message).toContain((error as InvalidEditError).rule)
    expect((error as Error).message).not.toContain('T-1')
    expect(await world.rows()).toEqual(before)
    expect(seen).toHaveLength(1)
    expect(tab.app.status$.value.pending).toBe(0)
  })

  it('a whole user object, naming the draft form', async () => {
    const { tab } = await offlineWorld()
    const whole: { [property: string]: unknown } = { ...tab.users.current$.value, name: 'James' }
    await expect(update(tab, whole)).rejects.toMatchObject({
      name: 'InvalidEditError',
      property: 'created',
      value: whole.created,
      rule: expect.stringContaining('draft: update(user =>') as string,
    })
    expect(tab.users.current$.value).toMatchObject({ name: 'Ann' })
  })

  it('refuses a `meta` that is no plain data', async () => {
    const { tab } = await offlineWorld()
    await expect(tab.users.update({ name: 'J' }, { meta: (() => 1) as never })).rejects.toMatchObject({
      property: 'meta',
    })
    expect(tab.users.current$.value).toMatchObject({ name: 'Ann' })
  })

  it('one that would take the place of another, which stays pending then, and is sent', async () => {
    const { world, tab } = await offlineWorld()
    const typed = await tab.users.update({ name: 'James' })
    const refused = [
      tab.users.update({ name: 'J' }, { replaces: typed.id, meta: (() => 1) as never }),
      tab.users.update({ name: 'J' }, { replaces: 5 as never }),
    ]
    for (const one of refused) await expect(one).rejects.toBeInstanceOf(InvalidEditError)
    await tab.users.update({ age: 30 })
    expect(tab.app.status$.value).toMatchObject({ pending: 2 })
    expect(tab.app.storage$.value).toBe('ok')
    await world.reconnect(tab)
    expect(await typed.settled).toMatchObject({ outcome: 'accepted' })
    expect(world.applied(tab.id)).toEqual([{ name: 'James', age: 30 }])
  })

  it('an async draft function: what it changes later would be lost', async () => {
    const { world, tab } = await offlineWorld()
    const change = async (draft: { name?: unknown; city?: unknown }): Promise<void> => {
      draft.name = 'James'
      await Promise.resolve()
      draft.city = 'Paris'
    }
    await expect(update(tab, change)).rejects.toMatchObject({ rule: 'a draft function cannot be async' })
    expect((await world.rows()).edits).toEqual([])
    expect(tab.users.current$.value).toMatchObject({ name: 'Ann' })
  })

  it('a draft function that throws, with what it threw', async () => {
    const { tab } = await offlineWorld()
    const thrown = new Error('not today')
    await expect(
      update(tab, () => {
        throw thrown
      }),
    ).rejects.toBe(thrown)
  })
})

describe('update() takes', () => {
  it.each<[string, object, object]>([
    ['dates as epoch milliseconds', { born: new Date(86_400_000) }, { born: 86_400_000 }],
    ['null, which clears', { name: null }, { name: null }],
    ['plain data in depth', { prefs: { a: [1, { b: null }], é: 'ü' } }, { prefs: { a: [1, { b: null }], é: 'ü' } }],
    ['undefined for nothing', { name: 'J', age: undefined }, { name: 'J' }],
  ])('%s', async (_, change, patch) => {
    const { world, tab } = await signedInWorld()
    const edit = await tab.users.update(change)
    expect(edit.patch).toEqual(patch)
    expect(Object.isFrozen(edit.patch)).toBe(true)
    await world.quiet()
    expect(world.updates()).toEqual([patch])
  })

  it("the user's own id with a change, and does not send it", async () => {
    const { world, tab } = await signedInWorld()
    await world.after(update(tab, { objectId: tab.id, name: 'James' }))
    expect(world.updates()).toEqual([{ name: 'James' }])
  })

  it('nothing that the app does to the user it answers with: the view stays as it is', async () => {
    const { world, tab: before } = await signedInWorld()
    await world.after(before.users.update({ prefs: { dark: true } }))
    const tab = await world.reopen(before)
    const { user } = await tab.users.update({ name: 'James' })
    expect(() => Object.assign(user.prefs as object, { dark: false })).toThrow(TypeError)
    expect(tab.users.current$.value).toMatchObject({ prefs: { dark: true } })
    await world.quiet()
  })

  it('no option that it does not know, and nothing is shown or saved then', async () => {
    const { tab } = await offlineWorld()
    const options = { key: { collection: 'users', id: 'another' }, change: { name: 'another' } }
    await expect(tab.users.update({ name: 'James' }, options as object)).rejects.toThrow(/"key".*\bmeta\b/)
    expect(tab.users.current$.value).toMatchObject({ name: 'Ann' })
    expect(tab.app.status$.value).toMatchObject({ pending: 0 })
  })

  it('the place of an edit that is in flight for one of its own: both are shown, and pending', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
    const seen: unknown[] = []
    tab.users.current$.subscribe((me) => seen.push(`${me?.name} in ${me?.city}`))
    const pending = newest(tab.app.pending$)
    const { id } = await world.after(tab.users.update({ name: 'James' }))
    await tab.users.update({ city: 'Oslo' }, { replaces: id })
    expect(seen).toEqual(['Ann in Rome', 'James in Rome', 'James in Oslo'])
    await world.quiet()
    expect(pending()!.map(({ patch }) => patch)).toEqual([{ name: 'James' }, { city: 'Oslo' }])
    world.server.control.release()
    await world.quiet()
    expect(new Set(seen).size).toBe(3)
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }, { city: 'Oslo' }])
  })

  it('a copy: what the app does to its object later changes nothing', async () => {
    const { tab } = await offlineWorld()
    const prefs = { dark: true }
    const saving = tab.users.update({ prefs })
    prefs.dark = false
    expect((await saving).patch).toEqual({ prefs: { dark: true } })
    expect(tab.users.current$.value).toMatchObject({ prefs: { dark: true } })
  })
})

describe('when storage refuses', () => {
  it('the call rejects with a StorageError, and the view is as before', async () => {
    const { world, tab } = await offlineWorld()
    await tab.users.update({ age: 30 })
    const before = await world.rows()
    const names: unknown[] = []
    tab.users.current$.subscribe((me) => names.push(me?.name))
    tab.storage.refuses = (table) => (table === 'edits' ? 'QuotaExceededError' : undefined)
    const saving = tab.users.update({ name: 'James' })
    expect(tab.users.current$.value).toMatchObject({ name: 'James', age: 30 })
    await expect(saving).rejects.toBeInstanceOf(StorageError)
    await expect(saving).rejects.toMatchObject({ reason: 'full' })
    expect(tab.users.current$.value).toMatchObject({ name: 'Ann', age: 30 })
    expect(tab.users.fields$.value).toEqual({ age: { state: 'pending' } })
    expect(tab.app.status$.value).toMatchObject({ pending: 1, total: 1 })
    expect(names).toEqual(['Ann', 'James', 'Ann'])
    expect(await world.rows()).toEqual(before)
    expect(tab.app.storage$.value).toBe('full')

    tab.storage.refuses = undefined
    await tab.users.update({ name: 'Jim' })
    expect(tab.users.current$.value).toMatchObject({ name: 'Jim', age: 30 })
    expect(tab.app.storage$.value).toBe('ok')
  })

  it('and has room for something smaller, it is still said to be full, until an edit is saved', async () => {
    const { tab } = await signedInWorld()
    tab.storage.refuses = (table) => (table === 'edits' ? 'QuotaExceededError' : undefined)
    await expect(tab.users.update({ name: 'James' })).rejects.toMatchObject({ reason: 'full' })
    await tab.users.refresh()
    expect(tab.app.storage$.value).toBe('full')
    tab.storage.refuses = undefined
    await tab.users.update({ name: 'Jim' })
    expect(tab.app.storage$.value).toBe('ok')
  })

  it('for good, `flush()` resolves with what is left, and sends it once there is room', async () => {
    const { world, tab } = await offlineWorld()
    await tab.users.update({ name: 'James' })
    world.clock.jump(3_600_000)
    tab.storage.refuses = () => 'QuotaExceededError'
    tab.platform.connectivity.set(true)
    for (let times = 0; times < 3; times++) {
      expect(await tab.app.flush()).toMatchObject({ pending: 1 })
      expect(tab.app.storage$.value).toBe('full')
    }
    expect(world.updates()).toEqual([])
    tab.storage.refuses = undefined
    expect(await tab.app.flush()).toMatchObject({ pending: 0, phase: 'idle' })
    expect(world.updates()).toEqual([{ name: 'James' }])
  })

  it('one edit of several that share a transaction, the others are saved, in order', async () => {
    const { world, tab } = await offlineWorld()
    const pending = newest(tab.app.pending$)
    tab.storage.refuses = (table, row) =>
      table === 'edits' && JSON.stringify(row).includes('too much') ? 'QuotaExceededError' : undefined
    const saving = ['A', 'B', 'too much', 'C', 'D'].map((name) => tab.users.update({ name }))
    expect(tab.users.current$.value).toMatchObject({ name: 'D' })
    const ends = await Promise.allSettled(saving)
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(ends[2]).toMatchObject({ reason: { name: 'StorageError', reason: 'full' } })
    await world.quiet()
    expect(pending()!.map(({ patch }) => patch.name)).toEqual(['A', 'B', 'C', 'D'])
    expect(tab.users.current$.value).toMatchObject({ name: 'D' })
    const again = await world.reopen(tab)
    await world.quiet()
    expect(again.users.current$.value).toMatchObject({ name: 'D' })
    expect(world.applied(tab.id)).toEqual([{ name: 'D' }])
  })

  it('only in appearance, since the connection broke after the commit, the edit counts as saved', async () => {
    const { world, tab } = await offlineWorld()
    tab.storage.breaksAfterWrite = true
    const saving = tab.users.update({ name: 'James' })
    await world.advance(10_000)
    const edit = await saving
    expect(tab.users.current$.value).toMatchObject({ name: 'James' })
    expect(tab.app.status$.value).toMatchObject({ pending: 1 })
    await world.reconnect(tab)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }])
  })

  /** The connection breaks under the next transactions that write edits: nothing of them is on disk. */
  const breaking = (tab: Tab, times: number): void => {
    tab.storage.refuses = (table) => (table === 'edits' && times-- > 0 ? 'UnknownError' : undefined)
  }

  it('since the connection broke, and nothing is on disk, the edits are saved once more (R9)', async () => {
    const { world, tab } = await offlineWorld()
    breaking(tab, 1)
    const saving = Promise.all([tab.users.update({ name: 'James' }), tab.users.update({ age: 30 })])
    await world.advance(10_000)
    const [edit] = await saving
    expect(tab.app.status$.value).toMatchObject({ pending: 2 })
    expect(tab.app.storage$.value).toBe('ok')
    await world.reconnect(tab)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(world.applied(tab.id)).toEqual([{ name: 'James', age: 30 }])
  })

  it('each time, since the connection breaks each time, the call rejects, and it is known that nothing was saved', async () => {
    const { world, tab } = await offlineWorld()
    const before = await world.rows()
    breaking(tab, Infinity)
    const error = tab.users.update({ name: 'James' }).catch((reason: unknown) => reason)
    await world.advance(10_000)
    expect(await error).toMatchObject({ name: 'StorageError', reason: 'lost' })
    expect(((await error) as StorageError).outcome).toBeUndefined()
    expect(tab.users.current$.value).toMatchObject({ name: 'Ann' })
    expect(await world.rows()).toEqual(before)
  })

  it('and cannot be opened again either, the outcome stays unknown', async () => {
    const world = await makeWorld()
    let isGone = false
    const indexedDB = new Proxy(world.device.indexedDB, {
      get(target, name) {
        if (name !== 'open') return (Reflect.get(target, name, target) as () => void).bind(target)
        // Version 1 is not to be had any more.
        return (...[database, version]: Parameters<IDBFactory['open']>) => target.open(database, isGone ? 1 : version)
      },
    })
    const storage = watchStorage({ factory: { indexedDB, IDBKeyRange } }, new AbortController().signal)
    const tab = await world.signedIn({ platform: { databases: storage.databases } })
    tab.platform.connectivity.set(false)
    storage.refuses = (table) => {
      isGone ||= table === 'edits'
      return table === 'edits' ? 'UnknownError' : undefined
    }
    const refused = [{ name: 'James' }, { age: 30 }].map((patch) =>
      expect(tab.users.update(patch)).rejects.toMatchObject({ reason: 'lost', outcome: 'unknown' }),
    )
    await world.advance(60_000)
    await Promise.all(refused)
  })

  it('edits that are made in one go share one transaction', async () => {
    const { world, tab } = await offlineWorld()
    const edits = await Promise.all(['A', 'B', 'C'].map((name) => tab.users.update({ name })))
    expect(new Set(edits.map(({ id }) => id)).size).toBe(3)
    expect((await world.rows()).edits).toHaveLength(1)
  })

  it('a settlement, the answer is kept and written later: never lost, never sent twice', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold-answer' } })
    const edit = await world.after(tab.users.update({ name: 'James' }))
    tab.storage.refuses = (table) => (table === 'fates' ? 'QuotaExceededError' : undefined)
    world.server.control.release()
    await world.quiet()
    expect(tab.app.status$.value).toMatchObject({ pending: 1 })
    expect(tab.app.storage$.value).toBe('full')
    await world.advance(60_000)
    tab.storage.refuses = undefined
    await world.advance(300_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }])
    expect(tab.app.storage$.value).toBe('ok')
  })
})
