/*
 * The events that make each sample of `docs/faults.md` happen for real, by its heading, and the effect that each sample must
 * have had in the end.
 */
import { expect } from 'vitest'
import type { Tab, World, WorldOptions } from './world.js'

/** The calls of a sample to its page. */
export interface Told {
  readonly shown: unknown[]
  readonly marked: { [property: string]: string }
  readonly asked: string[]
}

export interface Scene {
  readonly world: World
  readonly tab: Tab & { readonly id: string }
  readonly told: Told
}

export interface Condition {
  readonly world?: WorldOptions
  /** Before the sample runs. */
  make(scene: Scene): Promise<void>
  /** While it has subscribed, or waits. */
  meanwhile?(scene: Scene): Promise<void>
  check(scene: Scene): void | Promise<void>
}

const onUpdate = { method: 'PUT', path: '/users/*' }
const day = 86_400_000

/** The next update is refused with a code. */
async function refuse({ world, tab }: Scene, code: number, patch: object = { name: 'James' }): Promise<void> {
  world.server.control.failNextUpdate({ code, message: `said the server (${code})` })
  await world.after(tab.users.update(patch, { meta: 'profile' }))
  expect(tab.app.faults.open$.value).toMatchObject([{ code }])
}

const onServer = ({ world, tab }: Scene): unknown => world.server.control.readUser({ id: tab.id })
const openFaults = ({ tab }: Scene): readonly unknown[] => tab.app.faults.open$.value

/** The server has the values, and no fault is left. */
function expectSent(scene: Scene, values: object): void {
  expect(onServer(scene)).toMatchObject(values)
  expect(openFaults(scene)).toEqual([])
}

/** A gateway answers the updates for eight days, in a world whose sessions last. Resolves with the edit's id. */
export async function stall({ world, tab }: Pick<Scene, 'world' | 'tab'>): Promise<string> {
  world.server.control.rules.add({ match: onUpdate, times: 'always', action: { do: 'gateway', status: 404 } })
  const { id } = await world.after(tab.users.update({ name: 'James' }))
  world.clock.jump(6 * day)
  await tab.users.refresh()
  await world.advance(300_000)
  world.clock.jump(2 * day)
  await world.advance(300_000)
  return id
}

export const conditions: { readonly [heading: string]: Condition } = {
  'Where to look': {
    make: async () => {},
    async meanwhile(scene) {
      await refuse(scene, 3045, { city: 'Nowhere' })
      expect(scene.told.marked).toEqual({ city: 'said the server (3045)' })
      await scene.tab.app.faults.discard(scene.tab.app.faults.open$.value[0]!.id)
      expect(scene.told.marked).toEqual({})
      await scene.world.register('bo@x.co')
      await scene.tab.users.update({ city: 'Oslo', email: 'bo@x.co' })
    },
    check({ told, tab }) {
      expect(told.shown).toEqual([
        'city could not be saved: said the server (3045)',
        expect.stringMatching(/^city, email could not be saved: User with identity/),
      ])
      // It is not to blame, and it was rolled back all the same.
      expect(told.marked).toEqual({ city: 'not saved, because of email' })
      expect(tab.app.faults.open$.value).toMatchObject([{ properties: ['city', 'email'], offending: ['email'] }])
      expect(tab.users.current$.value).toMatchObject({ city: 'Rome', email: 'ann@x.co' })
    },
  },
  'Refused before it is saved': {
    make: async () => {},
    check({ told, world, tab }) {
      expect(told.marked).toEqual({ city: 'it is required, and cannot be empty' })
      expect(tab.users.current$.value).toMatchObject({ city: 'Rome' })
      expect(world.updates()).toEqual([])
    },
  },
  '`conflict`, reason `changed`': {
    async make({ world, tab }) {
      tab.platform.connectivity.set(false)
      await tab.users.update({ name: 'James' })
      await world.server.control.writeUser(tab.id, { name: 'Zoe', city: 'Oslo' })
      await world.advance(61_000)
      await world.reconnect(tab)
    },
    check(scene) {
      expect(scene.told).toMatchObject({
        shown: ['name was Ann; you wrote James, somebody else Zoe'],
        asked: ['Write yours again?'],
      })
      expectSent(scene, { name: 'James', city: 'Oslo' })
    },
  },
  '`conflict`, reason `taken`': {
    async make({ world, tab }) {
      await world.register('bo@x.co')
      await world.after(tab.users.update({ email: 'bo@x.co', name: 'James' }))
      expect(tab.users.current$.value).toMatchObject({ email: 'ann@x.co', name: 'Ann' })
    },
    check(scene) {
      expect(scene.told.marked).toEqual({ email: 'bo@x.co is taken' })
      expectSent(scene, { email: 'ann@example.org', name: 'James' })
    },
  },
  '`validation`': {
    async make({ world, tab }) {
      world.outdate()
      await world.after(tab.users.update({ city: '', name: 'James' }))
    },
    check({ told, tab }) {
      // The description says which of the two.
      expect(told.marked).toEqual({ city: expect.stringContaining('Required fields are empty: city') })
      expect(tab.users.current$.value).toMatchObject({ city: 'Rome', name: 'Ann' })
    },
  },
  '`forbidden`': {
    make: (scene) => refuse(scene, 3029),
    check(scene) {
      expect(scene.told.shown).toEqual(['You may not change name'])
      expect(openFaults(scene)).toEqual([])
    },
  },
  '`gone`': {
    async make({ world, tab }) {
      world.server.control.removeUser(tab.id)
      tab.platform.connectivity.set(false)
      await tab.users.update({ name: 'James' })
      await tab.users.update({ city: 'Paris' })
      await world.reconnect(tab)
    },
    check(scene) {
      expect(scene.told.shown).toEqual(['Your account was removed. Not saved: {"name":"James","city":"Paris"}'])
      expect(scene.tab.users.session$.value).toEqual({ state: 'signed-out' })
    },
  },
  '`other`': {
    make: (scene) => refuse(scene, 4711),
    check(scene) {
      expect(scene.told).toMatchObject({ shown: ['4711: said the server (4711)'], asked: ['Try again?'] })
      expectSent(scene, { name: 'James' })
    },
  },
  '`stalled`': {
    world: { switches: { sessionTimeoutSeconds: 10_000_000 } },
    async make({ world, tab }) {
      await stall({ world, tab })
      world.server.control.rules.clear()
      expect(tab.users.current$.value).toMatchObject({ name: 'James' })
    },
    check(scene) {
      expect(scene.told).toMatchObject({ shown: ['Not confirmed for a week: name'], asked: ['Try now?'] })
      expectSent(scene, { name: 'James' })
    },
  },
  'Written again meanwhile': {
    make: (scene) => refuse(scene, 3045, { name: 'James', city: 'Nowhere' }),
    async meanwhile(scene) {
      const { tab, world } = scene
      await world.after(tab.users.update({ name: 'Jim' }))
      expect(openFaults(scene)).toMatchObject([{ overtaken: ['name'] }])
      await tab.users.update({ city: 'Paris' })
    },
    check(scene) {
      expect(openFaults(scene)).toEqual([])
      expect(scene.told.shown).toEqual([])
    },
  },
  'Two tabs, one fault': {
    async make(scene) {
      await refuse(scene, 3045)
      const other = await scene.world.open()
      // Both act on what they show; the other tab is a moment earlier.
      void other.app.faults.retry(other.app.faults.open$.value[0]!.id)
    },
    check(scene) {
      expect(scene.told.shown).toEqual(['Another tab has dealt with it'])
      expectSent(scene, { name: 'James' })
    },
  },
  'No fault: `auth` holds the account': {
    async make({ world, tab }) {
      world.server.control.endSessions({ userId: tab.id })
      await world.after(tab.users.update({ name: 'James' }))
      expect(tab.app.status$.value).toMatchObject({ phase: 'needs-login', failure: { kind: 'auth', code: 3064 } })
    },
    check(scene) {
      expect(scene.told.shown).toEqual([expect.stringMatching(/^1 edits wait for your login: /)])
      expectSent(scene, { name: 'James' })
    },
  },
  'No fault: `configuration` holds everything': {
    async make({ world, tab }) {
      world.server.control.failNextUpdate({ code: 2002 })
      await world.after(tab.users.update({ name: 'James' }))
    },
    meanwhile: ({ world }) => world.advance(900_000),
    check(scene) {
      expect(scene.told.shown).toEqual(['1 saved here; the service is not set up (2002), next try in 15 minutes'])
      expectSent(scene, { name: 'James' })
    },
  },
  'No fault: what passes by itself': {
    async make({ world, tab }) {
      world.server.control.refuse(true)
      await world.after(tab.users.update({ name: 'James' }))
    },
    async meanwhile({ world }) {
      world.server.control.refuse(false)
      await world.advance(300_000)
    },
    check(scene) {
      expect(scene.told.shown).toContain('1 saved on this device, not sent yet (unreachable)')
      expect(scene.told.shown).toContain('Still no answer')
      expectSent(scene, { name: 'James' })
    },
  },
}
