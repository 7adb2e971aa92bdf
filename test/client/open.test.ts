/* The start of a client, and the commits of this tab in the middle of it. */
import { expect, it } from 'vitest'
import type { Endpoint } from '../../src/endpoint/endpoint.js'
import { openClient } from '../../src/index.js'
import { turns } from '../support/fake-clock.js'
import { fakeDevice, fakePlatform } from '../support/fake-platform.js'
import { updating } from '../support/updating.js'

const endpoint: Endpoint = updating({
  backend: { id: 'small', database: 'small' },
  update: ({ patch }) => Promise.resolve({ ok: true, record: patch }),
})

/** The time of a use of IndexedDB, before its grace. */
const limitMs = 9_000

// One of these shows the client while it still asks another tab for its token.
it.each(Array.from({ length: 12 }, (_, index) => index))(
  'counts an edit once that is saved while it begins, where use %i of IndexedDB is not answered in time',
  async (count) => {
    const device = fakeDevice()
    const before = openClient({ endpoints: { users: endpoint }, platform: fakePlatform({ device }) })
    await before.session.use('ann', { token: 'token-of-ann', stayLoggedIn: false })
    await before.close()
    // Another tab, which answers in its own time.
    const other = fakePlatform({ device }).channels.open('small:tokens')
    let question: unknown
    other.onMessage((message) => void (question = message))

    const base = fakePlatform({ device })
    base.connectivity.set(false)
    const late = new Set<AbortSignal>()
    let uses = 0
    const clock = {
      now: () => base.clock.now(),
      sleep(ms: number, signal: AbortSignal) {
        if (ms === limitMs && uses++ === count) late.add(signal)
        return late.has(signal) ? Promise.resolve() : base.clock.sleep(ms, signal)
      },
    }
    // Rules of its own, which it writes as it begins.
    const client = openClient({ endpoints: { users: endpoint }, freshForMs: 2, platform: { ...base, clock } })
    await turns(60)
    const saving = client.record('users', 'u').update({ name: 'James' })
    const saved = saving.then(
      () => 1,
      () => 0,
    )
    await turns(60)
    other.post({ ...(question as object), token: 'token-of-ann' })
    await turns(60)
    expect(client.session$.value).toMatchObject({ state: 'signed-in' })
    expect(client.status$.value.pending).toBe(await saved)
    other.close()
    await client.close()
  },
)

it('is healing until there is a connection again, though an edit of before is saved meanwhile', async () => {
  const base = fakePlatform()
  base.connectivity.set(false)
  const { indexedDB, ...others } = base.databases.factory!
  const connections: IDBDatabase[] = []
  const noting = {
    databases: () => indexedDB.databases(),
    open(name: string, version?: number) {
      const request = indexedDB.open(name, version)
      request.addEventListener('success', () => void connections.push(request.result))
      return request
    },
  }
  let openAgain!: (hasRoom: boolean) => void
  const databases = {
    ...base.databases,
    factory: { ...others, indexedDB: noting as IDBFactory },
    hasRoom: () => new Promise<boolean>((resolve) => (openAgain = resolve)),
  }
  const client = openClient({ endpoints: { users: endpoint }, platform: { ...base, databases } })
  await client.session.use('ann')
  const states: string[] = []
  client.storage$.subscribe((state) => void states.push(state))

  const saving = client.record('users', 'u').update({ name: 'James' })
  await new Promise((resolve) => setImmediate(resolve))
  connections.at(-1)!.onclose!(new Event('close'))
  expect(states).toEqual(['ok', 'healing'])
  await saving
  expect(states).toEqual(['ok', 'healing'])
  openAgain(true)
  await turns(60)
  expect(states).toEqual(['ok', 'healing', 'ok'])
  await client.close()
})
