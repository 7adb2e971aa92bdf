/* The client as a whole: when it is quiet, how it ends, and what it says meanwhile (G14). */
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import type { Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { backendlessEndpoint } from '../../src/backendless/endpoint.js'
import { ClosedError, openBackendless } from '../../src/backendless/index.js'
import type { Client } from '../../src/client/client.js'
import type { Endpoint } from '../../src/endpoint/endpoint.js'
import { openClient } from '../../src/index.js'
import type { Platform } from '../../src/platform/platform.js'
import { fakeCaches } from '../simulation/storage/caches.js'
import { turns } from '../support/fake-clock.js'
import { fakeDevice, fakePlatform } from '../support/fake-platform.js'
import { watchStorage } from '../support/watched-storage.js'
import { makeWorld, offlineWorld, password, signedInWorld } from '../support/world.js'
import { updating } from '../support/updating.js'

describe('nothing to do', () => {
  it('is silence: no timer, no request, no row written, for a day', async () => {
    const { world, tab } = await signedInWorld()
    await world.after(tab.users.update({ name: 'James' }))
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.clock.sleeping).toBe(0)
    const [requests, rows] = [world.requests.length, await world.rows()]
    await world.advance(86_400_000)
    expect(world.requests.length).toBe(requests)
    expect(await world.rows()).toEqual(rows)
  })

  it('is silence as well when nobody is logged in, and when it is offline', async () => {
    const world = await makeWorld()
    const tab = await world.open()
    await world.advance(86_400_000)
    expect(world.requests).toEqual([])
    expect(world.clock.sleeping).toBe(0)
    tab.platform.connectivity.set(false)
    await world.quiet()
    expect(tab.app.status$.value.phase).toBe('offline')
    await world.reconnect(tab)
    expect(tab.app.status$.value.phase).toBe('idle')
  })
})

describe('a call while the client opens', () => {
  // Turns of the event loop: it takes about twenty to open.
  const moments = Array.from({ length: 12 }, (_, index) => 2 * index)

  it.each(moments)('finds the session that an earlier visit left, %i turns after the start (R9)', async (count) => {
    const { world, tab: before } = await signedInWorld()
    before.kill()
    const tab = world.start()
    await turns(count)
    expect(await tab.users.update({ name: 'James' })).toMatchObject({ patch: { name: 'James' } })
    await world.quiet()
    expect(world.applied(before.id)).toEqual([{ name: 'James' }])
  })

  it.each(moments)('finds the guest that an earlier visit left, %i turns after the start', async (count) => {
    const world = await makeWorld()
    const before = await world.open()
    const { objectId } = await world.after(before.users.loginAsGuest())
    before.kill()
    const tab = world.start()
    await turns(count)
    expect(await tab.users.register({ email: 'ann@x.co', password, city: 'Rome' })).toMatchObject({ objectId })
    await world.quiet()
  })
})

describe('a start', () => {
  it('that finds all as it was left shows the view after two transactions of ours, and writes nothing', async () => {
    const { world, tab: before } = await signedInWorld()
    before.platform.connectivity.set(false)
    await before.users.update({ name: 'James' })
    before.kill()
    const tab = world.start()
    tab.platform.connectivity.set(false)
    let begun: readonly string[] = []
    tab.users.current$.subscribe((user) => {
      if (user?.name === 'James') begun = [...tab.storage.begun]
    })
    await world.quiet()
    // The first is Dexie's own, which looks whether the schema is still the same.
    expect(begun).toEqual(['readonly', 'readonly', 'readonly'])
    await tab.close()
  })

  it.each(Array.from({ length: 24 }, (_, index) => index))(
    'takes up a session that begins in another tab %i turns later, whose token is not stored',
    async (count) => {
      const tokens: (string | undefined)[] = []
      const endpoint: Endpoint = updating({
        backend: { id: 'small', database: 'small' },
        async update({ patch }, { token }) {
          tokens.push(token)
          return { ok: true, record: patch }
        },
      })
      const device = fakeDevice()
      const open = (freshForMs: number): Client =>
        openClient({ endpoints: { users: endpoint }, freshForMs, platform: fakePlatform({ device }) })
      const other = open(1)
      await other.flush()
      // Rules of its own, which it writes before it listens.
      const client = open(2)
      await turns(count)
      await other.session.use('ann', { token: 'token-of-ann', stayLoggedIn: false })
      await turns(100)
      // Nobody else has it now, and nothing more is told.
      await other.close()
      const edit = await client.record('users', 'u').update({ name: 'James' })
      expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
      expect(tokens).toEqual(['token-of-ann'])
      await client.close()
    },
  )
})

describe('the patches of an app', () => {
  it('a report stays as it was made', async () => {
    const { world, tab } = await signedInWorld()
    await tab.users.update({ name: 'James' })
    const report = await tab.app.report()
    const text = JSON.stringify(report)
    await world.quiet()
    expect(JSON.stringify(report)).toBe(text)
    expect(JSON.stringify(await tab.app.report())).not.toBe(text)
  })

  it.each([undefined, null, 5, {}, Symbol('id'), Object.create(null), '', '__proto__', 'constructor-0', '\ud800-1'])(
    'the settlement of what is no edit is unknown (%o)',
    async (id) => {
      const { tab } = await signedInWorld()
      expect(await tab.app.settlement(id as string)).toEqual({ outcome: 'unknown' })
    },
  )

  it('an edit that it wants back as soon as the list shows it is given back', async () => {
    const { world, tab } = await offlineWorld()
    const listed = new Promise<string>((resolve) => {
      tab.app.pending$.subscribe(([, edit]) => edit && resolve(edit.id))
    })
    await world.quiet()
    const before = tab.users.update({ age: 30 })
    for (let times = 0; times < 5; times++) await Promise.resolve()
    const [editing, taking] = [tab.users.update({ name: 'James' }), listed.then((id) => tab.app.discardEdit(id))]
    await before
    expect(await taking).toBe(true)
    expect(await (await editing).settled).toMatchObject({ outcome: 'discarded' })
    expect(tab.users.current$.value).toMatchObject({ name: 'Ann' })
  })

  it('edits before it takes up the session of another account are saved for the first', async () => {
    const world = await makeWorld()
    const bo = await world.register('bo@x.co')
    const tab = await world.signedIn()
    tab.platform.connectivity.set(false)
    const edits = [tab.users.update({ name: 'James' })]
    for (let times = 0; times < 5; times++) await Promise.resolve()
    edits.push(tab.users.update({ age: 30 }))
    await tab.users.resume({ userToken: 'T', objectId: bo })
    await Promise.all(edits)
    expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: bo })
    expect(tab.users.current$.value).toBeUndefined()
    expect(tab.app.status$.value).toMatchObject({ pending: 0 })
  })

  it('the user is read again when the page is looked at, also after the clock was set back by days (R16)', async () => {
    const { world, tab } = await signedInWorld()
    world.clock.jump(-3 * 86_400_000)
    tab.platform.visibility.happen('show')
    await world.quiet()
    expect(world.requests.map(({ route }) => route)).toContain('GET /data/Users/:id')
  })
})

describe('a private window', () => {
  it('is said to outlive nothing, also after other trouble; what is saved is sent (G15)', async () => {
    const world = await makeWorld()
    const { databases } = fakePlatform({ device: world.device })
    const storage = watchStorage(databases, new AbortController().signal)
    const tab = await world.signedIn({
      platform: { databases: { ...storage.databases, isVolatile: () => Promise.resolve(true) } },
    })
    const states: string[] = []
    tab.app.storage$.subscribe((state) => states.push(state))
    storage.refuses = (table) => (table === 'edits' ? 'QuotaExceededError' : undefined)
    await expect(tab.users.update({ name: 'James' })).rejects.toMatchObject({ reason: 'full' })
    storage.refuses = undefined
    const edit = await tab.users.update({ name: 'Jim' })
    expect(states).toEqual(['volatile', 'full', 'volatile'])
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
  })
})

describe('a tab that is frozen inside a transaction', () => {
  /** Keeps every other transaction waiting; returns the end of that. */
  async function keepAll(factory: IDBFactory, name: string): Promise<() => void> {
    const opened = await new Promise<IDBDatabase>((resolve) => {
      const request = factory.open(name)
      request.addEventListener('success', () => resolve(request.result))
    })
    const meta = opened.transaction([...opened.objectStoreNames], 'readwrite').objectStore('meta')
    let goesOn = true
    const goOn = (): void => {
      if (goesOn) meta.get('none').addEventListener('success', goOn)
    }
    goOn()
    return () => {
      goesOn = false
      opened.close()
    }
  }

  it('keeps one that only looks waiting: that is said, and its end too, with nobody to tell (G15)', async () => {
    const { world, tab } = await signedInWorld()
    const free = await keepAll(world.device.indexedDB, `holdfast-${world.server.appId}`)
    tab.platform.visibility.happen('show')
    await world.clock.advance(60_000)
    expect(tab.app.storage$.value).toBe('blocked')
    free()
    await world.quiet()
    expect(tab.app.storage$.value).toBe('ok')
    await world.advance(300_000)
    expect(world.clock.sleeping).toBe(0)
  })

  it.each([2, 6, 10, 14, 18])(
    'keeps one that opens waiting: calls are refused in time, and it goes on by itself (%i turns after its start)',
    async (count) => {
      const { world, tab: before } = await signedInWorld()
      before.kill()
      const tab = world.start()
      await turns(count)
      const free = await keepAll(world.device.indexedDB, `holdfast-${world.server.appId}`)
      const refused = expect(tab.users.update({ name: 'James' })).rejects.toMatchObject({ reason: 'blocked' })
      await world.clock.advance(60_000)
      await refused
      expect(tab.app.storage$.value).toBe('blocked')
      free()
      await world.quiet()
      expect(tab.app.storage$.value).toBe('ok')
      expect(tab.users.session$.value).toMatchObject({ state: 'signed-in' })
      expect(tab.users.current$.value).toMatchObject({ name: 'Ann' })
      await tab.users.update({ name: 'Jim' })
      await world.advance(60_000)
      expect(world.applied(before.id)).toEqual([{ name: 'Jim' }])
      expect(world.clock.sleeping).toBe(0)
    },
  )
})

describe('close()', () => {
  it('ends everything: streams complete, listeners and channels are gone, every call rejects', async () => {
    const { world, tab } = await signedInWorld()
    const completed: string[] = []
    const { app, users, platform } = tab
    const streams: { [name: string]: Observable<unknown> } = {
      session: users.session$,
      current: users.current$,
      fields: users.fields$,
      pending: app.pending$,
      status: app.status$,
      storage: app.storage$,
      open: app.faults.open$,
      events: app.faults.events$,
    }
    for (const [name, stream] of Object.entries(streams)) stream.subscribe({ complete: () => completed.push(name) })
    await world.quiet()
    await app.close()
    expect(completed.sort()).toEqual(Object.keys(streams).sort())
    expect([platform.connectivity.listeners, platform.visibility.listeners, world.device.channels.open]).toEqual([
      0, 0, 0,
    ])
    expect(world.clock.sleeping).toBe(0)

    const calls = [
      () => users.update({ name: 'x' }),
      () => users.login('ann@x.co', password),
      () => users.loginAsGuest(),
      () => users.register({ email: 'x@x.co', password }),
      () => users.refresh(),
      () => users.logout(),
      () => users.describe(),
      () => users.changePassword('x'),
      () => users.restorePassword('ann@x.co'),
      () => users.resume({ userToken: 't', objectId: tab.id }),
      () => app.flush(),
      () => app.faults.retry('f'),
      () => app.faults.discard('f'),
    ]
    world.requests.length = 0
    for (const call of calls) await expect(call(), call.toString()).rejects.toBeInstanceOf(ClosedError)
    expect(world.requests).toEqual([])
    // The last values stay readable; what is asked for now is not known.
    expect(users.current$.value).toMatchObject({ name: 'Ann' })
    expect(await app.settlement('e')).toEqual({ outcome: 'unknown' })
    await app.close()
  })

  it('waits for an edit that is being saved, gives up its request, and the next start sends it', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
    const first = await world.after(tab.users.update({ name: 'James' }))
    const saving = tab.users.update({ age: 30 })
    const closing = tab.app.close()
    expect(await saving).toMatchObject({ patch: { age: 30 } })
    await closing
    expect(await first.settled).toEqual({ outcome: 'unknown' })
    expect(world.clock.sleeping).toBe(0)
    world.server.control.rules.clear()
    world.server.control.release()
    const again = await world.open()
    await world.advance(60_000)
    expect(await again.app.settlement(first.id)).toMatchObject({
      outcome: 'accepted',
      user: { name: 'James', age: 30 },
    })
    expect(again.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  })

  it('ends an online call that is under way', async () => {
    const world = await makeWorld()
    await world.register('ann@x.co')
    const tab = await world.open()
    world.server.control.rules.add({ match: { method: 'POST' }, action: { do: 'hold' } })
    const login = tab.users.login('ann@x.co', password)
    const ended = expect(login).rejects.toMatchObject({ failure: { kind: 'unreachable' } })
    await world.quiet()
    await tab.app.close()
    await ended
  })

  it('ends a client that is still opening', async () => {
    const world = await makeWorld()
    const tab = world.start()
    const update = expect(tab.users.update({ name: 'x' })).rejects.toMatchObject({
      name: /ClosedError|NotLoggedInError/,
    })
    await tab.app.close()
    await update
    expect(world.clock.sleeping).toBe(0)
  })
})

describe('settlement()', () => {
  it('is the promise of the edit, in another tab too, and is answered after reloads', async () => {
    const { world, tab } = await signedInWorld()
    const other = await world.open()
    tab.platform.connectivity.set(false)
    other.platform.connectivity.set(false)
    const edit = await tab.users.update({ name: 'James' })
    expect(tab.app.settlement(edit.id)).toBe(edit.settled)
    const elsewhere = other.app.settlement(edit.id)
    await world.quiet()
    await world.reconnect(tab)
    expect(await elsewhere).toMatchObject({ outcome: 'accepted', user: { name: 'James' } })
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { name: 'James' } })
    tab.kill()
    const again = await world.reopen(other)
    expect(await again.app.settlement(edit.id)).toMatchObject({ outcome: 'accepted' })
    expect(await again.app.settlement('never-seen')).toEqual({ outcome: 'unknown' })
  })

  it('of an earlier visit has the record of the edit, be it looked at or not', async () => {
    const device = fakeDevice()
    const endpoint: Endpoint = updating({
      backend: { id: 'small', database: 'small' },
      update: async ({ key, patch }) => ({ ok: true, record: { ...patch, id: key.id } }),
    })
    const open = (): Client =>
      openClient({ endpoints: { notes: endpoint, users: endpoint }, platform: fakePlatform({ device }) })
    const before = open()
    await before.session.use('ann')
    const edits = await Promise.all(
      [before.record('users', 'ann'), before.record('notes', 'n')].map((record) => record.update({ text: 'Hello' })),
    )
    await before.flush()
    await before.close()
    const again = open()
    const users = await Promise.all(edits.map(({ id }) => again.settlement(id)))
    expect(users).toEqual([
      {
        outcome: 'accepted',
        key: { collection: 'users', id: 'ann' },
        op: 'update',
        value: { text: 'Hello', id: 'ann' },
      },
      { outcome: 'accepted', key: { collection: 'notes', id: 'n' }, op: 'update', value: { text: 'Hello', id: 'n' } },
    ])
    await again.close()
  })
})

describe('status$', () => {
  it('counts what is sent of what there was, for a progress bar', async () => {
    const { world, tab } = await offlineWorld()
    const bar: string[] = []
    tab.app.status$.subscribe(({ sent, total, pending }) => bar.push(`${sent}/${total} ${pending}`))
    for (const age of [1, 2, 3]) await tab.users.update({ age })
    await world.reconnect(tab)
    expect(bar.filter((line, index) => line !== bar[index - 1])).toEqual(['0/0 0', '0/1 1', '0/2 2', '0/3 3', '3/3 0'])
    expect(tab.app.status$.value).toMatchObject({ oldestPendingAtMs: undefined, lastReplyAtMs: world.clock.now() })
  })
})

describe('opening', () => {
  it('refuses options that name no backend', () => {
    expect(() => openBackendless({} as never)).toThrow(TypeError)
    expect(() => openClient({ endpoints: {} })).toThrow(TypeError)
  })

  it('refuses the data of another backend, by name', async () => {
    const world = await makeWorld()
    await world.open({ database: 'mine' })
    const other = await world.open({
      database: 'mine',
      baseUrl: 'http://127.0.0.1:1/api',
      appId: undefined,
      apiKey: undefined,
    } as never)
    await expect(other.users.login('a', 'b')).rejects.toMatchObject({ name: 'StorageError', reason: 'other-backend' })
    await expect(other.users.update({ name: 'x' })).rejects.toMatchObject({ reason: 'other-backend' })
  })

  describe('where nothing can be saved', () => {
    /** Asked for a database, it fires an error with that name, or throws it. */
    function refusing(name: string, throws = false): IDBFactory {
      const open = (): IDBOpenDBRequest => {
        const error = new DOMException('', name)
        if (throws) throw error
        const request = Object.assign(new EventTarget(), { error, onerror: (_event: Event): void => {} })
        request.addEventListener('error', (event) => request.onerror(event))
        queueMicrotask(() => request.dispatchEvent(new Event('error', { cancelable: true })))
        return request as unknown as IDBOpenDBRequest
      }
      return Object.assign(Object.create(new IDBFactory()) as IDBFactory, { open })
    }
    const throwing = { IDBKeyRange } as { indexedDB: IDBFactory; IDBKeyRange: typeof IDBKeyRange }
    Object.defineProperty(throwing, 'indexedDB', {
      get() {
        throw new DOMException('', 'SecurityError')
      },
    })
    const factories: [string, string, Platform['databases']['factory']][] = [
      ['there is no IndexedDB', 'unavailable', undefined],
      ['access to it throws', 'unavailable', throwing],
      ['it throws when asked', 'unavailable', { indexedDB: refusing('SecurityError', true), IDBKeyRange }],
      ['it is not allowed', 'unavailable', { indexedDB: refusing('SecurityError'), IDBKeyRange }],
      ['it is switched off', 'lost', { indexedDB: refusing('InvalidStateError'), IDBKeyRange }],
      ['it fails', 'lost', { indexedDB: refusing('UnknownError'), IDBKeyRange }],
      ['it has no room', 'full', { indexedDB: refusing('QuotaExceededError'), IDBKeyRange }],
    ]

    it.each(factories)('since %s, that is said, and nothing waits for good', async (_, reason, factory) => {
      const world = await makeWorld()
      const tab = world.start({ platform: { databases: { factory } } })
      const lists: unknown[] = []
      tab.app.pending$.subscribe((list) => lists.push(list))
      const asked = tab.app.settlement('e-0')
      await world.quiet()
      expect(tab.app.storage$.value).toBe('unavailable')
      expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
      expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
      expect(lists).toEqual([[]])
      expect(await asked).toEqual({ outcome: 'unknown' })
      tab.platform.connectivity.set(false)
      const refused = { name: 'StorageError', reason }
      await expect(tab.users.update({ name: 'x' })).rejects.toMatchObject(refused)
      await expect(tab.users.login('ann@x.co', password)).rejects.toMatchObject(refused)
      await expect(tab.app.flush()).rejects.toMatchObject(refused)
      expect(world.clock.sleeping).toBe(0)
      expect(world.requests).toEqual([])
    })

    it('stays so when the database is lost after that, and the next page finds the loss (G15)', async () => {
      const caches = fakeCaches()
      const world = await makeWorld()
      const before = await world.signedIn({ platform: { caches } })
      await world.after(before.close())
      const lose = async (): Promise<void> => {
        for (const { name } of await world.device.indexedDB.databases()) world.device.indexedDB.deleteDatabase(name!)
        await world.quiet()
      }
      await lose()
      const tab = world.start({ platform: { caches } })
      tab.storage.refuses = (table) => (table === 'meta' ? 'QuotaExceededError' : undefined)
      await world.quiet()
      expect(tab.app.storage$.value).toBe('unavailable')
      tab.storage.refuses = undefined
      await lose()
      expect(tab.app.storage$.value).toBe('unavailable')
      expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
      tab.kill()
      const next = await world.open({ platform: { caches } })
      expect(next.app.storage$.value).toBe('lost')
      expect(await world.after(next.users.login('ann@x.co', password))).toMatchObject({ name: 'Ann' })
    })
  })

  it('of the core needs no face: records, sessions without a token, code 3028 from the backend itself', async () => {
    const world = await makeWorld({ switches: { anonymousUpdate: 'forbid' } })
    const id = await world.register('ann@x.co')
    const { appId, apiKey, url } = world.server
    const platform = fakePlatform({ device: world.device, fetch })
    const client = openClient({ endpoints: { users: backendlessEndpoint({ appId, apiKey, baseUrl: url }) }, platform })
    await client.session.use('ann')
    const me = client.record('users', id)
    me.value$.subscribe()
    expect(await me.refresh()).toMatchObject({ name: 'Ann' })
    expect(me.value$.value).toMatchObject({ name: 'Ann' })
    await me.update({ name: 'James' })
    expect(await client.flush()).toMatchObject({
      phase: 'needs-login',
      pending: 1,
      failure: { kind: 'auth', code: 3028 },
    })
    expect(client.session$.value).toMatchObject({ state: 'expired', account: 'ann' })
    expect(me.value$.value).toMatchObject({ name: 'James' })
    expect(() => client.record('unknown', 'x')).toThrow(TypeError)
    await client.close()
  })
})
