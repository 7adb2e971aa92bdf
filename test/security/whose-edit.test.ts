/*
 * A call is of the account that its tab shows when it is made. It may wait, for a read, for storage or for a token, and another
 * account may log in meanwhile, in another tab: then nothing of it is sent, saved or shown in that one's name (G10).
 */
import { describe, expect, it, onTestFinished } from 'vitest'
import { openClient, type Client, type Endpoint, type Json, type TraceEvent } from '../../src/index.js'
import type { Channels } from '../../src/platform/platform.js'
import { turns } from '../support/fake-clock.js'
import { fakePlatform } from '../support/fake-platform.js'
import { makeWorld, password, type Tab, type World } from '../support/world.js'
import { updating } from '../support/updating.js'

const notLoggedIn = { name: 'NotLoggedInError', code: 3028 }

/** Its end is looked at later. */
function late<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

describe('while another account logs in, in another tab', () => {
  interface Asked {
    account: string
    token: string | undefined
    patch?: Json
  }

  interface Place {
    tab: Client
    other: Client
    /** All that was asked of the backend. */
    asked: Asked[]
    setOnline(online: boolean): void
    /** Until nothing is due for a while. */
    calm(): Promise<void>
  }

  /** Two tabs of Ann's, on a backend that refuses a value by name. */
  async function place(): Promise<Place> {
    const asked: Asked[] = []
    const record: { [property: string]: Json } = { text: 'first' }
    const endpoint: Endpoint = updating({
      backend: { id: 'memory', database: 'memory', notLoggedIn: 3028 },
      async update({ patch }, { account, token }) {
        asked.push({ account, token, patch })
        if (JSON.stringify(patch).includes('refused'))
          return { ok: false, failure: { kind: 'validation', code: 1, message: 'No' } }
        return { ok: true, record: Object.assign(record, patch) }
      },
      async read(_, { account, token }) {
        asked.push({ account, token })
        return { ok: true, record: { ...record } }
      },
    })
    const platforms = [fakePlatform()]
    platforms.push(fakePlatform({ device: platforms[0]!.device }))
    const [tab, other] = platforms.map((platform) => openClient({ endpoints: { notes: endpoint }, platform }))
    onTestFinished(async () => void (await Promise.all([tab!.close(), other!.close()])))
    const calm = async (): Promise<void> => {
      await turns(60)
      await platforms[0]!.clock.advance(2_000)
    }
    await other!.session.use('ann', { token: 'of-ann' })
    await calm()
    return {
      tab: tab!,
      other: other!,
      asked,
      setOnline: (online) => platforms.forEach(({ connectivity }) => connectivity.set(online)),
      calm,
    }
  }

  const note = (client: Client) => client.record('notes', '1')

  it.each<[string, (place: Place) => Promise<string>, (client: Client, id: string) => Promise<unknown>]>([
    ['record().update(draft)', async () => '', (tab) => note(tab).update((draft) => void (draft.text = 'of Ann'))],
    ['record().refresh()', async () => '', (tab) => note(tab).refresh()],
    ['faults.retry()', refused, (tab, id) => tab.faults.retry(id)],
    ['faults.amend()', refused, (tab, id) => tab.faults.amend(id, { text: 'of Ann' })],
    ['faults.discard()', refused, (tab, id) => tab.faults.discard(id)],
    ['discardEdit()', waiting, (tab, id) => tab.discardEdit(id)],
    ['report()', refused, (tab) => tab.report()],
  ])('%s is carried out for the one that was shown, or rejects', { timeout: 60_000 }, async (_, before, call) => {
    const ends = new Set<string>()
    // From a little before Bob's login on, each time a little later, until the tab shows Bob.
    for (let wait = -14; ; wait += 2) {
      const all = await place()
      const { tab, other, asked } = all
      const id = await before(all)
      const seen: string[] = []
      const watch = (value: unknown): void => {
        const session = tab.session$.value
        if (session.state === 'signed-in' && session.account === 'bob') seen.push(JSON.stringify(value ?? null))
      }
      tab.pending$.subscribe(watch)
      tab.faults.open$.subscribe(watch)
      await turns(5)
      const early = wait < 0 ? late(call(tab, id)) : undefined
      await turns(-wait)
      const bobs = late(other.session.use('bob', { token: 'of-bob' }))
      await turns(wait)
      if (JSON.stringify(tab.session$.value).includes('bob')) break
      const [end] = await Promise.allSettled([early ?? call(tab, id), bobs])
      ends.add(end!.status)
      if (end!.status === 'rejected') expect(end!.reason).toMatchObject(notLoggedIn)
      else if (end!.value && typeof end!.value === 'object' && 'lanes' in end!.value) {
        // Nobody's fault beside another one's queue.
        const { session, faults, status } = end!.value as unknown as { [part: string]: Json }
        expect([session, (faults as Json[]).length, (status as { faults: number }).faults]).toEqual(['signed-in', 1, 1])
      }
      all.setOnline(true)
      await all.calm()
      await note(tab).refresh()
      watch(note(tab).value$.value)
      expect(seen.join()).not.toMatch(/of Ann|refused/)
      expect(asked.filter(({ account, token }) => token !== `of-${account}`)).toEqual([])
      expect(JSON.stringify(asked.filter(({ account }) => account === 'bob'))).not.toMatch(/of Ann|refused/)
      expect(JSON.stringify(await tab.report())).not.toMatch(/"account":"ann"/)
    }
    expect(ends).toEqual(new Set(['fulfilled', 'rejected']))
  })

  /** A fault of Ann's. */
  async function refused({ tab, calm }: Place): Promise<string> {
    await note(tab).update({ text: 'refused' })
    await calm()
    return tab.faults.open$.value[0]!.id
  }

  /** An edit of Ann's that waits for a network. */
  async function waiting({ tab, setOnline }: Place): Promise<string> {
    setOnline(false)
    return (await note(tab).update({ text: 'of Ann' })).id
  }
})

describe('an answer that comes when another account is logged in', () => {
  async function annInTwoTabs(): Promise<{ world: World; ann: string; bob: string; tab: Tab; other: Tab }> {
    const world = await makeWorld()
    const ann = await world.register('ann@x.co')
    const bob = await world.register('bob@x.co', { name: 'Bob' })
    const [tab, other] = [await world.open(), await world.open()]
    await world.after(other.users.login('ann@x.co', password))
    return { world, ann, bob, tab, other }
  }

  it.each([
    ['another one', (tab: Tab) => tab.users.login('bob@x.co', password)],
    ['nobody', (tab: Tab) => tab.users.logout()],
  ])('refresh() rejects when by then %s is logged in', async (_, change) => {
    const { world, tab, other } = await annInTwoTabs()
    world.server.control.rules.add({ match: { method: 'GET', path: '/data/Users/*' }, action: { do: 'hold-answer' } })
    const reading = late(tab.users.refresh())
    await world.quiet()
    await change(other)
    await world.quiet()
    world.server.control.release()
    await world.quiet()
    await expect(reading).rejects.toMatchObject(notLoggedIn)
  })

  it('describe() rejects', async () => {
    const { world, tab, other } = await annInTwoTabs()
    world.outdate()
    world.server.control.rules.add({ match: { path: '/users/userclassprops' }, action: { do: 'hold-answer' } })
    const describing = late(tab.users.describe())
    await world.quiet()
    await world.after(other.users.login('bob@x.co', password))
    world.server.control.release()
    await world.quiet()
    await expect(describing).rejects.toMatchObject(notLoggedIn)
    expect(await tab.users.describe()).toBeInstanceOf(Array)
  })

  it('settlement() tells nothing of the one before', async () => {
    const { world, tab, other } = await annInTwoTabs()
    const { id } = await world.after(other.users.update({ city: 'Oslo' }))
    expect(await tab.app.settlement(id)).toMatchObject({ outcome: 'accepted', user: { city: 'Oslo' } })
    await world.after(other.users.login('bob@x.co', password))
    expect(await tab.app.settlement(id)).toEqual({ outcome: 'unknown' })
  })
})

describe('a call that waits for a token, when another account logs in meanwhile,', () => {
  /** Ann, or a guest, is logged in; her token is in the memory of the first tab, and the second one is not given it. */
  async function askingTab(as: 'ann' | 'guest'): Promise<{ world: World; bob: string; tab: Tab; other: Tab }> {
    const world = await makeWorld()
    await world.register('ann@x.co')
    const bob = await world.register('bob@x.co', { name: 'Bob' })
    const other = await world.open()
    const { channels } = fakePlatform({ device: world.device })
    const mute: Channels = {
      open: (name) => (name.endsWith(':tokens') ? { ...channels.open(name), post() {} } : channels.open(name)),
    }
    const tab = await world.open({ platform: { channels: mute } })
    if (as === 'guest') await other.users.loginAsGuest()
    else await other.users.login('ann@x.co', password, { stayLoggedIn: false })
    await world.quiet()
    world.requests.length = 0
    return { world, bob, tab, other }
  }

  it.each<[string, (tab: Tab) => Promise<unknown>]>([
    ['changePassword()', (tab: Tab) => tab.users.changePassword('of Ann, and of nobody else')],
    ['refresh()', (tab: Tab) => tab.users.refresh()],
  ])("%s asks nothing in that one's name", async (_, call) => {
    const { world, bob, tab, other } = await askingTab('ann')
    const calling = late(call(tab))
    await world.quiet()
    await world.after(other.users.login('bob@x.co', password))
    world.requests.length = 0
    await world.advance(5_000)
    await expect(calling).rejects.toMatchObject(notLoggedIn)
    expect(world.requests).toEqual([])
    expect(tab.users.session$.value).toEqual({ state: 'signed-in', userId: bob })
  })
})

it(
  "a guest's registration that waits for its turn is made as the guest, or not at all",
  { timeout: 60_000 },
  async () => {
    const world = await makeWorld({ switches: { multipleLogins: 'on' } })
    const bob = await world.register('bob@x.co', { name: 'Bob' })
    const [tab, other] = [await world.open(), await world.open()]
    const ends = new Set<string>()
    for (let wait = 0; ; wait++) {
      const { objectId } = await world.after(tab.users.loginAsGuest())
      world.requests.length = 0
      const bobs = late(other.users.resume({ userToken: 'of Bob', objectId: bob }))
      await turns(wait)
      if (JSON.stringify(tab.users.session$.value).includes(bob)) break
      const [end] = await Promise.allSettled([
        tab.users.register({ email: `cid${wait}@x.co`, password, city: 'Rome' }),
        bobs,
      ])
      ends.add(end!.status === 'rejected' ? (end!.reason as Error).name : 'done')
      for (const { body, token } of world.requests.filter(({ route }) => route === 'POST /users/register')) {
        expect(body).toMatchObject({ objectId })
        expect(token).not.toBe('of Bob')
      }
      await world.quiet()
    }
    expect(ends).toContain('NotLoggedInError')
  },
)

it('two apps that share a database by one app id are told where they send by other rules', async () => {
  const world = await makeWorld()
  const steps: [string, TraceEvent][] = []
  const watch = (name: string, tab: Tab): Tab => {
    tab.app.trace$.subscribe((event) => void (event.type === 'rules-differ' && steps.push([name, event])))
    return tab
  }
  watch('first', world.start({ conflicts: 'overwrite', freshForMs: 5_000 }))
  await world.quiet()
  watch('same', world.start({ conflicts: 'overwrite', freshForMs: 5_000 }))
  await world.quiet()
  expect(steps).toEqual([])
  watch('other', world.start({ resolve: () => undefined }))
  await world.quiet()
  const differ = { type: 'rules-differ', rules: ['conflicts', 'freshForMs', 'resolves'] }
  expect(steps.map(([name]) => name).toSorted()).toEqual(['first', 'other', 'other', 'same'])
  for (const [, step] of steps) expect(step).toMatchObject(differ)
})
