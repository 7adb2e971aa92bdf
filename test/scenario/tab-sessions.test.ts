/* One session for all tabs of a device: who is logged in, with which token, and nothing under another account (G9 to G11, R14). */
import { describe, expect, it } from 'vitest'
import { freezable } from '../support/freezable.js'
import { fakePlatform } from '../support/fake-platform.js'
import { seededRandom } from '../support/seeded-random.js'
import { makeWorld, offlineWorld, password, type Tab, type World } from '../support/world.js'

const onUpdate = { method: 'PUT', path: '/users/*' }

/** Two tabs, both logged in as Ann; and Bo, who has an account too. */
async function annInTwoTabs(): Promise<{ world: World; ann: string; bo: string; first: Tab; other: Tab }> {
  const world = await makeWorld()
  const ann = await world.register('ann@x.co')
  const bo = await world.register('bo@x.co', { name: 'Bo' })
  const first = await world.open()
  const other = await world.open()
  await world.after(first.users.login('ann@x.co', password))
  return { world, ann, bo, first, other }
}

describe('a token that is not stored', () => {
  it('of a login in one tab is had by the tabs that were open before, and outlives the first', async () => {
    const world = await makeWorld()
    const id = await world.register('ann@x.co')
    const first = await world.open()
    const other = await world.open()
    await world.after(first.users.login('ann@x.co', password, { stayLoggedIn: false }))
    expect(other.users.session$.value).toEqual({ state: 'signed-in', userId: id })
    first.kill()
    await other.users.update({ name: 'James' })
    await world.advance(5_000)
    expect(world.applied(id)).toEqual([{ name: 'James' }])
    expect(await other.users.refresh()).toMatchObject({ name: 'James' })
    expect(other.users.session$.value).toEqual({ state: 'signed-in', userId: id })
    expect(JSON.stringify(await world.rows())).not.toContain(world.requests.at(-1)!.token)
  })

  it('that nobody has any more ends the session in all tabs, and what waits goes out after the next login', async () => {
    const world = await makeWorld()
    const id = await world.register('ann@x.co')
    const first = await world.open()
    const { parts, freeze, thaw } = freezable(fakePlatform({ device: world.device }))
    const away = await world.open({ platform: parts })
    away.platform.visibility.happen('freeze')
    freeze()
    await first.users.login('ann@x.co', password, { stayLoggedIn: false })
    first.platform.connectivity.set(false)
    await first.users.update({ name: 'James' })
    first.kill()
    thaw()
    away.platform.visibility.happen('resume')
    await world.advance(2_000)
    expect(away.users.session$.value).toEqual({ state: 'signed-out' })
    expect(away.users.current$.value).toBe(undefined)
    expect(world.applied(id)).toEqual([])

    await world.after(away.users.login('ann@x.co', password))
    expect(world.applied(id)).toEqual([{ name: 'James' }])
  })

  it('is never missing from a request: one that is asked for meanwhile waits for it', async () => {
    const world = await makeWorld()
    const id = await world.register('ann@x.co')
    const first = await world.open()
    const other = await world.open()
    const login = first.users.login('ann@x.co', password, { stayLoggedIn: false })
    await new Promise<void>((resolve) => {
      const watching = other.users.session$.subscribe(({ state }) => state === 'signed-in' && resolve())
      void login.then(() => watching.unsubscribe())
    })
    await expect(other.users.refresh()).resolves.toMatchObject({ objectId: id })
    await login
    const reads = world.requests.filter(({ route }) => route.startsWith('GET /data/Users'))
    expect(reads.length).toBeGreaterThan(0)
    expect(reads.every(({ token }) => token)).toBe(true)
    expect(other.users.session$.value).toEqual({ state: 'signed-in', userId: id })
  })
})

describe('another account in one tab', () => {
  it('an edit that another tab makes before it hears of it is refused, and leaves the view', async () => {
    const { world, ann, bo, first } = await annInTwoTabs()
    const { parts, freeze, thaw } = freezable(fakePlatform({ device: world.device }))
    const deaf = await world.open({ platform: { channels: parts.channels } })
    freeze()
    await world.after(first.users.login('bo@x.co', password))
    expect(deaf.users.current$.value).toMatchObject({ objectId: ann })

    const names: unknown[] = []
    deaf.users.current$.subscribe((me) => names.push(me?.name))
    const saving = deaf.users.update({ name: 'of Ann' })
    await expect(saving).rejects.toMatchObject({ name: 'NotLoggedInError', code: 3028 })
    await world.quiet()
    expect(names).toEqual(['Ann', 'of Ann', 'Ann', 'Bo'])
    expect(deaf.users.session$.value).toEqual({ state: 'signed-in', userId: bo })
    thaw()
    await world.advance(60_000)
    expect(JSON.stringify(await world.rows())).not.toContain('of Ann')
    expect(world.server.control.log()).toEqual([])
  })

  it.each([
    ['was carried out', 'hold-answer', [{ name: 'of Ann' }], [{ name: 'of Ann' }, { city: 'Oslo' }]],
    // Its session has ended at the backend by then: a refusal that proves that nothing was stored.
    ['comes late', 'hold', [], [{ name: 'of Ann', city: 'Oslo' }]],
  ] as const)(
    'a request under way that %s ends with its account, for which the rest waits',
    async (_, hold, applied, after) => {
      const { world, ann, bo, first, other } = await annInTwoTabs()
      world.server.control.rules.add({ match: onUpdate, action: { do: hold } })
      const edit = await world.after(other.users.update({ name: 'of Ann' }))
      const anns = world.requests.at(-1)!.token
      const second = await other.users.update({ city: 'Oslo' })
      await world.after(first.users.login('bo@x.co', password))
      for (const tab of [first, other]) {
        expect(tab.users.current$.value).toMatchObject({ objectId: bo, name: 'Bo' })
        expect(tab.users.fields$.value).toEqual({})
        expect(tab.app.status$.value).toMatchObject({ pending: 0, total: 0 })
      }
      world.requests.length = 0
      world.server.control.release()
      await first.users.update({ name: 'Bob' })
      await world.advance(120_000)
      expect(world.applied(ann)).toEqual(applied)
      expect(world.applied(bo)).toEqual([{ name: 'Bob' }])
      expect(world.requests.filter(({ token }) => token === anns)).toEqual([])
      expect(other.users.current$.value).toMatchObject({ objectId: bo, name: 'Bob' })

      await other.users.login('ann@x.co', password)
      await world.advance(60_000)
      expect(world.applied(ann)).toEqual(after)
      expect(await first.app.settlement(edit.id)).toMatchObject({ outcome: 'accepted' })
      expect(await first.app.settlement(second.id)).toMatchObject({ outcome: 'accepted' })
    },
  )

  it.each(Array.from({ length: 8 }, (_, seed) => seed))(
    'tabs that edit, log in and log out across each other send nothing under a wrong account (seed %i)',
    { timeout: 30_000 },
    async (seed) => {
      const { world, ann, bo, first, other } = await annInTwoTabs()
      const random = seededRandom(seed + 1)
      const below = (count: number): number => Math.floor(random.number() * count)
      const name = new Map([
        [ann, 'ann@x.co'],
        [bo, 'bo@x.co'],
      ])
      const made: { account: string; value: string }[] = []
      const going: Promise<unknown>[] = []
      for (const tab of [first, other])
        tab.users.current$.subscribe((me) => {
          const value = String(me?.nick ?? '')
          if (me && value) expect(value.split(' ')[0]).toBe(me.objectId)
        })
      for (let step = 0; step < 25; step++) {
        const tab = below(2) ? first : other
        const does = below(10)
        const session = tab.users.session$.value
        if (does < 6 && session.state === 'signed-in') {
          const value = `${session.userId} ${step}`
          made.push({ account: session.userId, value })
          going.push(tab.users.update({ nick: value }).catch((error: unknown) => String(error)))
        } else if (does < 9) {
          const account = below(2) ? ann : bo
          going.push(tab.users.login(name.get(account)!, password, { stayLoggedIn: below(2) === 0 }).catch(String))
        } else going.push(tab.users.logout({ pending: 'keep' }).catch(String))
        const turns = below(4) ? below(30) : 0
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
      }
      // A call may wait for a token that no tab has any more.
      await world.advance(60_000)
      await Promise.all(going)
      for (const account of [ann, bo]) {
        await first.users.login(name.get(account)!, password)
        await world.advance(60_000)
        expect(first.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
        expect(other.users.session$.value).toEqual(first.users.session$.value)
      }
      for (const account of [ann, bo])
        for (const { nick } of world.applied(account)) expect((nick as string).split(' ')[0]).toBe(account)
      expect(world.server.control.log().every(({ userId, callerId }) => userId === callerId)).toBe(true)
    },
  )
})

describe('a session that ends', () => {
  it('a late failure of its token, in a tab that had a request under way, says nothing of the next session', async () => {
    const { world, ann, first, other } = await annInTwoTabs()
    world.server.control.rules.add({ match: onUpdate, action: { do: 'hold' } })
    await world.after(other.users.update({ name: 'James' }))
    world.server.control.endSessions({ userId: ann })
    await world.after(first.users.login('ann@x.co', password))
    world.server.control.release()
    await world.advance(60_000)
    for (const tab of [first, other]) {
      expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: ann })
      expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
    }
    expect(world.applied(ann)).toEqual([{ name: 'James' }])
  })

  it('is expired in every tab, and a login in any of them sends what all of them saved', async () => {
    const { world, ann, first, other } = await annInTwoTabs()
    world.server.control.endSessions({ userId: ann })
    await first.users.update({ name: 'James' })
    await world.advance(2_000)
    for (const tab of [first, other]) {
      expect(tab.users.session$.value).toMatchObject({ state: 'expired', userId: ann, failure: { kind: 'auth' } })
      expect(tab.app.status$.value).toMatchObject({ phase: 'needs-login', pending: 1 })
    }
    await other.users.update({ city: 'Oslo' })
    await other.users.login('ann@x.co', password)
    await world.advance(2_000)
    expect(Object.assign({}, ...world.applied(ann))).toEqual({ name: 'James', city: 'Oslo' })
    for (const tab of [first, other])
      expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0, faults: 0 })
  })

  it('of a guest with pending edits cannot be replaced from another tab', async () => {
    const world = await makeWorld()
    await world.register('ann@x.co')
    const first = await world.open()
    const other = await world.open()
    const guest = await world.after(first.users.loginAsGuest())
    expect(other.users.session$.value).toEqual({ state: 'signed-in', userId: guest.objectId })
    for (const tab of [first, other]) tab.platform.connectivity.set(false)
    await world.after(first.users.update({ nick: 'anonymous' }))
    world.requests.length = 0
    await expect(other.users.login('ann@x.co', password)).rejects.toMatchObject({ name: 'PendingEditsError', count: 1 })
    await expect(other.users.logout({ pending: 'keep' })).rejects.toMatchObject({ name: 'PendingEditsError' })
    expect(world.requests).toEqual([])
    expect(first.users.current$.value).toMatchObject({ nick: 'anonymous' })
  })
})

describe('an answer of before', () => {
  it.each([
    ['a login', 'POST', '/users/login', undefined],
    ['a login in a session', 'POST', '/users/login', 'keep'],
    ['a read of another session', 'GET', '/data/Users/*', 'keep'],
  ] as const)(
    'of %s, heard late, takes nothing back that came since (G2, R7)',
    async (_what, method, path, pending) => {
      const world = await makeWorld()
      const id = await world.register('ann@x.co')
      const [late, other] = [await world.open(), await world.open()]
      if (pending) await late.users.login('ann@x.co', password)
      await world.quiet()
      world.server.control.rules.add({ match: { method, path }, action: { do: 'hold-answer' } })
      const answer = method === 'GET' ? late.users.refresh() : late.users.login('ann@x.co', password)
      await world.quiet()

      await world.advance(1_000)
      if (pending) await other.users.logout({ pending })
      await world.server.control.writeUser(id, { city: 'Oslo' })
      await other.users.login('ann@x.co', password)
      if (!pending) await other.users.update({ name: 'James' })
      await world.quiet()
      const seen = new Map([late, other].map((tab) => [tab, [] as unknown[]]))
      for (const [tab, views] of seen) tab.users.current$.subscribe((me) => views.push(`${me?.name} in ${me?.city}`))
      world.server.control.release()
      const now = `${pending ? 'Ann' : 'James'} in Oslo`
      // A read that was overtaken is made again, and its session has ended.
      const name = method === 'GET' ? 'FaultError' : 'SupersededError'
      await expect(answer).rejects.toMatchObject({ name })
      await world.quiet()
      expect([...seen.values()]).toEqual([[now], [now]])
      expect(late.users.session$.value).toEqual({ state: 'signed-in', userId: id })
    },
  )

  it('of a login that is the last one takes nothing back either', async () => {
    const world = await makeWorld({ switches: { multipleLogins: 'on' } })
    const late = await world.signedIn()
    const other = await world.open()
    world.server.control.rules.add({ match: { method: 'POST' }, action: { do: 'hold-answer' } })
    const answer = late.users.login('ann@x.co', password)
    await world.quiet()
    await world.server.control.writeUser(late.id, { city: 'Oslo' })
    await other.users.refresh()
    await world.after(other.users.update({ name: 'James' }))
    const seen = new Set<string>()
    for (const tab of [late, other]) tab.users.current$.subscribe((me) => seen.add(`${me?.name} in ${me?.city}`))
    world.server.control.release()
    expect(await answer).toMatchObject({ name: 'James', city: 'Oslo' })
    await world.quiet()
    expect(seen).toEqual(new Set(['James in Oslo']))
  })

  it('of a login is taken where edits have been kept on something older', async () => {
    const { world, tab } = await offlineWorld()
    await tab.users.update({ name: 'James' })
    await tab.users.logout({ pending: 'keep' })
    await world.server.control.writeUser(tab.id, { city: 'Oslo' })
    await world.advance(1_000)
    tab.platform.connectivity.isWrong = true
    expect(await tab.users.login('ann@x.co', password)).toMatchObject({ name: 'James', city: 'Oslo' })
  })

  it('of a registration takes nothing back that the guest has saved meanwhile', async () => {
    const world = await makeWorld()
    const tab = await world.open()
    await world.after(tab.users.loginAsGuest())
    world.server.control.rules.add({
      match: { method: 'POST', path: '/users/register' },
      action: { do: 'hold-answer' },
    })
    const answer = tab.users.register({ email: 'ann@x.co', password, city: 'Rome' })
    await world.quiet()
    await world.after(tab.users.update({ name: 'James' }))
    const seen: unknown[] = []
    tab.users.current$.subscribe((me) => seen.push(me?.name))
    world.server.control.release()
    expect(await answer).toMatchObject({ name: 'James' })
    await world.quiet()
    expect(new Set(seen)).toEqual(new Set(['James']))
  })
})
