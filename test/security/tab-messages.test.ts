/* Messages that any script of the origin can post: junk, and what looks like ours and is not so (G2, G5, G9, G14). */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Channel } from '../../src/platform/platform.js'
import { signedInWorld, type Tab, type World } from '../support/world.js'

/** A script of the origin, on the channels of the only database. */
interface Script {
  readonly channels: readonly Channel[]
  readonly data: Channel
  readonly tokens: Channel
  readonly lease: Channel
  /** How many messages it has heard. */
  readonly heard: number
}

async function scriptBeside(world: World, tab: Tab): Promise<Script> {
  const [{ name }] = (await world.device.indexedDB.databases()) as [{ name: string }]
  let heard = 0
  const channels = ['', ':tokens', ':lease'].map((suffix) => {
    const channel = tab.platform.channels.open(name + suffix)
    channel.onMessage(() => heard++)
    onTestFinished(() => channel.close())
    return channel
  })
  const [data, tokens, lease] = channels as [Channel, Channel, Channel]
  return {
    channels,
    data,
    tokens,
    lease,
    get heard() {
      return heard
    },
  }
}

/** An edit is shown, sent and settled, within seconds. */
async function goesOn(world: World, tab: Tab & { id: string }, name: string): Promise<void> {
  const edit = await tab.users.update({ name })
  expect(tab.users.current$.value).toMatchObject({ name })
  await world.advance(5_000)
  expect(tab.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
  expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { name } })
  expect(world.server.control.readUser({ id: tab.id })).toMatchObject({ name })
}

const hold = { kind: 'auth', code: 3064, message: 'Your session has ended' }
const junk: readonly unknown[] = [
  undefined,
  null,
  0,
  Number.NaN,
  '',
  'held? ',
  [],
  {},
  [[]],
  new Map([['version', 7]]),
  new Date(0),
  { version: Number.NaN },
  { version: Number.NaN, unhurried: true },
  { version: -1, unhurried: true },
  { version: 1e300, unhurried: true },
  { version: Infinity, unhurried: true },
  { version: '9', unhurried: true },
  { version: Number.MAX_SAFE_INTEGER, unhurried: true },
  { version: {}, unhurried: [] },
  { described: 'yes' },
  { engine: null },
  { engine: { sending: 'no', online: true, hold } },
  { engine: { sending: false, online: true, hold: { kind: 'toString' }, failure: { kind: [] } } },
  { sessionId: {} },
  { sessionId: 's', token: 7 },
  { released: Number.NaN },
  { released: '1' },
  { released: 1e300 },
]
/** Well-formed, and not true. */
const lies: readonly unknown[] = [
  'held',
  'held?',
  'look',
  { version: 0 },
  { version: 1, unhurried: true },
  { version: 2 ** 51, unhurried: true },
  { version: 2 ** 51 },
  { described: true },
  { engine: { sending: false, online: true, hold } },
  { engine: { sending: false, online: false, hold: { kind: 'configuration', message: 'no' }, nextAttemptAtMs: 1e15 } },
  { engine: { sending: true, online: true } },
  { engine: { sending: false, online: true, failure: { kind: 'server', message: 'no' }, lastReplyAtMs: 1e15 } },
  { sessionId: 'another', token: 'stolen' },
  { released: 0 },
  { released: 2 ** 51 },
]

describe.each([
  ['junk', junk],
  ['lies', lies],
] as const)('%s on every channel', (_what, messages) => {
  it('keeps no tab from showing, sending and settling, and costs a few transactions a message at most', async () => {
    const { world, tab } = await signedInWorld()
    const other = await world.open()
    const script = await scriptBeside(world, tab)
    for (const [index, message] of messages.entries()) {
      const before = tab.storage.begun.length + other.storage.begun.length
      for (const channel of script.channels) channel.post(message)
      await world.quiet()
      await world.advance(1_000)
      expect(tab.storage.begun.length + other.storage.begun.length - before).toBeLessThanOrEqual(12)
      await goesOn(world, tab, `name ${index}`)
      expect(other.users.current$.value).toMatchObject({ name: `name ${index}` })
      expect(other.app.status$.value).toMatchObject({ phase: 'idle', pending: 0 })
    }
    expect(script.heard).toBeLessThan(40 * messages.length)
    const heard = script.heard
    const begun = tab.storage.begun.length
    await world.advance(3_600_000)
    expect(script.heard).toBe(heard)
    expect(tab.storage.begun.length).toBe(begun)
    await world.after(tab.users.logout({ pending: 'discard' }))
    expect(other.users.session$.value).toEqual({ state: 'signed-out' })
  })

  it('by the thousand costs no more than a few transactions', async () => {
    const { world, tab } = await signedInWorld()
    const script = await scriptBeside(world, tab)
    const before = tab.storage.begun.length
    for (let n = 0; n < 1_000; n++) for (const channel of script.channels) channel.post(messages[n % messages.length])
    await world.quiet()
    expect(tab.storage.begun.length - before).toBeLessThan(100)
    await goesOn(world, tab, 'James')
  })
})

it('a version far ahead of ours is looked for once, and the view goes on with the next commit', async () => {
  const { world, tab } = await signedInWorld()
  const other = await world.open()
  const script = await scriptBeside(world, tab)
  for (const version of [Number.NaN, 2 ** 51]) {
    script.data.post({ version, unhurried: true })
    await world.quiet()
    const edit = await other.users.update({ name: `after ${version}` })
    await world.advance(2_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(tab.users.current$.value).toMatchObject({ name: `after ${version}` })
  }
})

it('a hold that somebody tells stops no tab, and is not even shown as one', async () => {
  const { world, tab } = await signedInWorld()
  const { data } = await scriptBeside(world, tab)
  for (const kind of ['auth', 'configuration'])
    data.post({
      engine: { sending: false, online: true, hold: { ...hold, kind }, nextAttemptAtMs: world.clock.now() + 9e5 },
    })
  await world.quiet()
  expect(tab.app.status$.value).toMatchObject({ phase: 'idle' })
  await goesOn(world, tab, 'James')
})

it('of a sender that is none, a lone tab says no longer that it sends than one look takes', async () => {
  const { world, tab } = await signedInWorld()
  const { data } = await scriptBeside(world, tab)
  data.post({ engine: { sending: true, online: true } })
  await world.quiet()
  expect(tab.app.status$.value).toMatchObject({ phase: 'idle' })
})

it('a false word of the lease lets no two tabs send at once', async () => {
  const { world, tab } = await signedInWorld()
  const other = await world.open()
  const { lease } = await scriptBeside(world, tab)
  world.server.control.rules.add({
    match: { method: 'PUT', path: '/users/*' },
    action: { do: 'hold' },
    times: 'always',
  })
  const edits = [await tab.users.update({ name: 'one' }), await other.users.update({ city: 'Oslo' })]
  await world.quiet()
  for (let step = 0; step < 40; step++) {
    for (const message of ['look', 'held', { released: step }, { released: 1 }]) lease.post(message)
    await world.advance(500)
    expect(world.server.control.held()).toBeLessThanOrEqual(1)
    if (step % 8 === 7) world.server.control.release()
  }
  for (let step = 0; step < 20; step++) {
    world.server.control.release()
    await world.advance(10_000)
  }
  for (const { settled } of edits) expect(await settled).toMatchObject({ outcome: 'accepted' })
})
