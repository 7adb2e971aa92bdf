import { Dexie } from 'dexie'
/* Sessions: a dead token holds and loses nothing, and an edit belongs to the account that made it (G9, G10, G11, R14). */
import { describe, expect, it } from 'vitest'
import { NotLoggedInError, PendingEditsError } from '../../src/backendless/index.js'
import { newest } from '../support/newest.js'
import { makeWorld, offlineWorld, password, signedInWorld, type World } from '../support/world.js'

describe('a token that dies in mid-queue', () => {
  it('is still said, and still shows everything, after a reload', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.endSessions({ userId: tab.id })
    await world.after(tab.users.update({ name: 'James' }))
    const again = await world.reopen(tab)
    expect(again.users.session$.value).toMatchObject({ state: 'expired', userId: tab.id })
    expect(again.users.current$.value).toMatchObject({ name: 'James', city: 'Rome' })
    await again.users.update({ age: 30 })
    await world.after(again.users.login('ann@x.co', password))
    expect(world.applied(tab.id)).toEqual([{ name: 'James', age: 30 }])
  })
})

describe('logout', () => {
  it('throws when edits are pending, says how many, and ends nothing', async () => {
    const { tab } = await offlineWorld()
    await tab.users.update({ name: 'James' })
    await tab.users.update({ age: 30 })
    await expect(tab.users.logout()).rejects.toBeInstanceOf(PendingEditsError)
    await expect(tab.users.logout()).rejects.toMatchObject({ count: 2 })
    expect(tab.users.session$.value).toMatchObject({ state: 'signed-in' })
    expect(tab.users.current$.value).toMatchObject({ name: 'James' })
  })

  it('keep: the edits wait, invisible, for the next login of that account', async () => {
    const { world, tab } = await signedInWorld()
    await world.register('bo@x.co', { name: 'Bo' })
    tab.platform.connectivity.set(false)
    const { id } = await tab.users.update({ name: 'James' })
    await tab.users.logout({ pending: 'keep' })
    expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
    expect(tab.users.current$.value).toBeUndefined()
    expect(tab.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
    tab.platform.connectivity.set(true)

    const bo = await world.after(tab.users.login('bo@x.co', password))
    expect(bo).toMatchObject({ name: 'Bo' })
    expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    expect(world.updates()).toEqual([])
    await tab.users.logout()

    expect(await tab.users.login('ann@x.co', password)).toMatchObject({ name: 'James' })
    await world.quiet()
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }])
    expect(await tab.app.settlement(id)).toMatchObject({ outcome: 'accepted' })
  })

  it('a policy that there is not decides nothing: the call rejects and names those that there are', async () => {
    const { tab } = await offlineWorld()
    await tab.users.update({ name: 'James' })
    await expect(tab.users.logout({ pending: 'sned' as 'send' })).rejects.toThrow(/'keep' \| 'send' \| 'discard'/)
    expect(tab.users.session$.value).toMatchObject({ state: 'signed-in' })
  })

  it('send: first sends, and throws if any remain', async () => {
    const { world, tab } = await signedInWorld()
    world.server.control.refuse(true)
    await world.after(tab.users.update({ name: 'James' }))
    await expect(tab.users.logout({ pending: 'send' })).rejects.toMatchObject({ count: 1 })
    expect(tab.users.session$.value).toMatchObject({ state: 'signed-in' })
    world.server.control.refuse(false)
    await world.after(tab.users.logout({ pending: 'send' }))
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }])
    expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
    expect(world.requests.at(-1)).toMatchObject({ route: 'GET /users/logout' })
  })

  it('discard: settles them so, and takes everything of the account off the device', async () => {
    const { world, tab } = await offlineWorld()
    const edit = await tab.users.update({ name: 'Discarded' })
    await tab.users.logout({ pending: 'discard' })
    expect(await edit.settled).toMatchObject({ outcome: 'discarded' })
    await world.quiet()
    const rows = JSON.stringify(await world.rows())
    for (const trace of ['ann@x.co', 'Rome', 'Discarded']) expect(rows).not.toContain(trace)
    tab.platform.connectivity.set(true)
    await world.after(tab.users.login('ann@x.co', password))
    expect(world.updates()).toEqual([])
  })

  it('succeeds offline, and leaves nothing of the account behind', async () => {
    const { world, tab } = await signedInWorld()
    await world.stopServer()
    tab.platform.connectivity.set(false)
    await tab.users.logout()
    expect(tab.users.session$.value).toEqual({ state: 'signed-out' })
    await world.quiet()
    const rows = JSON.stringify(await world.rows())
    for (const trace of ['ann@x.co', 'Rome']) expect(rows).not.toContain(trace)
    const again = await world.reopen(tab)
    expect(again.users.session$.value).toEqual({ state: 'signed-out' })
    expect(again.users.current$.value).toBeUndefined()
  })

  it('in one tab is a logout in all, and an edit made before it is heard is not saved', async () => {
    const { world, tab } = await signedInWorld()
    const other = await world.open()
    let late: Promise<unknown> | undefined
    tab.storage.refuses = (table, row) => {
      const { key, session } = row as { key?: string; session?: unknown }
      // The logout is being written: the next saves of the other tab come after it. Its acts are no part of this tab's
      // transaction.
      if (table === 'meta' && key === 'state' && !session)
        late ??= Dexie.ignoreTransaction(() => other.users.update({ name: 'late' }))
      late?.catch(() => {})
      return undefined
    }
    await tab.users.logout()
    expect(late).toBeDefined()
    await expect(late).rejects.toBeInstanceOf(NotLoggedInError)
    await world.quiet()
    expect(other.users.session$.value).toEqual({ state: 'signed-out' })
    expect(other.users.current$.value).toBeUndefined()
    expect((await world.rows()).edits).toEqual([])
  })
})

describe('another account on the same device', () => {
  it('never sees nor sends what is of the first, and takes its own up', async () => {
    const { world, tab } = await signedInWorld()
    const bo = await world.register('bo@x.co', { name: 'Bo' })
    await world.register('taken@x.co')
    // A fault, and an edit that waits.
    await world.after(tab.users.update({ email: 'taken@x.co' }))
    expect(tab.app.status$.value.faults).toBe(1)
    const anns = world.requests.at(-1)!.token
    world.server.control.refuse(true)
    await world.after(tab.users.update({ name: 'of Ann' }))
    world.server.control.refuse(false)
    world.requests.length = 0

    // A login as another keeps what waits.
    await tab.users.login('bo@x.co', password)
    const pending = newest(tab.app.pending$)
    await world.advance(600_000)
    expect(tab.users.current$.value).toMatchObject({ objectId: bo, name: 'Bo' })
    expect(pending()).toEqual([])
    expect(tab.app.faults.open$.value).toEqual([])
    expect(tab.users.fields$.value).toEqual({})
    await world.after(tab.users.update({ age: 7 }))
    expect(world.applied(tab.id)).toEqual([])
    expect(world.applied(bo)).toEqual([{ age: 7 }])
    // Her session ends at the backend, and nothing else is asked in her name.
    expect(world.requests.filter(({ token }) => token === anns).map(({ route }) => route)).toEqual([
      'GET /users/logout',
    ])

    await tab.users.login('ann@x.co', password)
    await world.advance(600_000)
    expect(world.applied(tab.id)).toEqual([{ name: 'of Ann' }])
    expect(tab.app.faults.open$.value).toMatchObject([{ code: 3018 }])
  })

  it('gets no edit of a tab that has not heard of it yet', async () => {
    const { world, tab } = await signedInWorld()
    const other = await world.open()
    const bo = await world.register('bo@x.co')
    let late: Promise<unknown> | undefined
    tab.storage.refuses = (table, row) => {
      const { key, session } = row as { key?: string; session?: { account: string } }
      if (table === 'meta' && key === 'state' && session?.account === bo)
        late ??= Dexie.ignoreTransaction(() => other.users.update({ name: 'of Ann' }))
      late?.catch(() => {})
      return undefined
    }
    await tab.users.login('bo@x.co', password)
    await expect(late).rejects.toBeInstanceOf(NotLoggedInError)
    await world.quiet()
    expect(other.users.current$.value).toMatchObject({ objectId: bo, name: 'Ann' })
    expect((await world.rows()).edits).toEqual([])
    expect(world.updates()).toEqual([])
  })

  it('a refused login changes nothing', async () => {
    const { world, tab } = await signedInWorld()
    await expect(tab.users.login('bo@x.co', 'wrong')).rejects.toMatchObject({ name: 'FaultError', code: 3003 })
    expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: tab.id })
    await world.after(tab.users.update({ name: 'James' }))
    expect(world.applied(tab.id)).toEqual([{ name: 'James' }])
  })
})

describe('secrets', () => {
  async function everything(world: World): Promise<string> {
    return JSON.stringify(await world.rows())
  }

  it('the token is stored to stay logged in, the password never', async () => {
    const { world, tab } = await signedInWorld()
    await tab.users.refresh()
    const { token } = world.requests.at(-1)!
    expect(token).toBeTruthy()
    const rows = await everything(world)
    expect(rows).toContain(token)
    expect(rows).not.toContain(password)
  })

  it('without staying logged in no row has the token, and a reload with no other tab is signed out, its edits kept', async () => {
    const world = await makeWorld()
    const tab = await world.open()
    const id = await world.register('ann@x.co')
    await tab.users.login('ann@x.co', password, { stayLoggedIn: false })
    await tab.users.refresh()
    const { token } = world.requests.at(-1)!
    tab.platform.connectivity.set(false)
    await tab.users.update({ name: 'James' })
    const rows = await everything(world)
    expect(rows).toContain('James')
    expect(rows).not.toContain(token)
    expect(rows).not.toContain(password)
    tab.kill()

    const again = await world.open()
    await world.advance(1_000)
    expect(again.users.session$.value).toEqual({ state: 'signed-out' })
    expect(again.users.current$.value).toBeUndefined()
    expect(await again.users.login('ann@x.co', password, { stayLoggedIn: false })).toMatchObject({ name: 'James' })
    await world.quiet()
    expect(world.applied(id)).toEqual([{ name: 'James' }])
  })

  it('neither token nor password is in a fault, an error or what observers are given', async () => {
    const { world, tab } = await signedInWorld()
    await tab.users.refresh()
    const token = world.requests.at(-1)!.token!
    const leak = `${token} and ${password}`
    world.server.control.failNextUpdate({ code: 1, message: leak, errorData: { leak } })
    const edit = await tab.users.update({ name: 'James' })
    await world.advance(10_000)
    expect(JSON.stringify([await edit.settled, tab.app.status$.value, tab.users.session$.value])).not.toContain(token)
    world.server.control.rules.add({
      match: { method: 'PUT' },
      action: { do: 'fault', code: 3045, message: `Not ${password}n and ${token}` },
    })
    const error: unknown = await tab.users.changePassword(`${password}n`).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'FaultError', code: 3045 })
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toMatch(
      new RegExp(`${token}|${password}`),
    )
  })
})
