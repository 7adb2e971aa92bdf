import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Client, openRest, type OpenRestOptions } from '../../src/rest/index.js'
import { serveRest } from '../server/rest-api.js'
import { FakeConnectivity, FakeVisibility } from '../support/fake-platform.js'
import { apiUrl, restApi, type RestApi } from '../support/rest-api.js'

type Notes = { notes: { title: string; done?: boolean } }

interface Device {
  indexedDB: IDBFactory
  connectivity: FakeConnectivity
  visibility: FakeVisibility
  open(more?: Partial<OpenRestOptions<Notes>>): Client<Notes>
}

/** A browser with one database; each `open` is a new start of the app. */
function deviceOn(api: RestApi): Device {
  const indexedDB = new IDBFactory()
  const connectivity = new FakeConnectivity()
  const visibility = new FakeVisibility()
  return {
    indexedDB,
    connectivity,
    visibility,
    open(more) {
      const databases = { factory: { indexedDB, IDBKeyRange } }
      const app = openRest<Notes>({
        url: apiUrl,
        account: 'ann',
        collections: { notes: { ids: 'device' } },
        platform: { databases, connectivity, visibility, fetch: api.fetch },
        ...more,
      })
      onTestFinished(() => app.close())
      return app
    },
  }
}

function apiWithNote(options?: Parameters<typeof restApi>[0]): RestApi {
  const api = restApi({ ids: 'device', ...options })
  api.put('notes', { id: '5', title: 'Old' })
  return api
}

describe('an app on an ordinary API', () => {
  it('is logged in from its first call on', async () => {
    const api = apiWithNote()
    const app = deviceOn(api).open()
    const edit = await app.collection('notes').update('5', { title: 'New' })
    expect(app.session$.value).toEqual({ state: 'signed-in', account: 'ann' })
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', value: { id: '5', title: 'New' } })
    expect(api.records('notes')).toEqual([{ id: '5', title: 'New' }])
  })

  it('keeps its session over a start, and begins another one for another account', async () => {
    const device = deviceOn(apiWithNote())
    const first = device.open()
    await first.collection('notes').get('5')
    await first.close()
    const second = device.open({ account: 'bob' })
    await second.collection('notes').get('5')
    expect(second.session$.value).toEqual({ state: 'signed-in', account: 'bob' })
  })

  it('is logged in by session.use where the app does not name its account', async () => {
    const app = deviceOn(apiWithNote()).open({ account: undefined as never })
    await expect(app.collection('notes').update('5', { title: 'New' })).rejects.toMatchObject({
      name: 'NotLoggedInError',
    })
    await app.session.use('ann')
    const edit = await app.collection('notes').update('5', { title: 'New' })
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
  })

  it.each<[string, (device: Device, app: Client<Notes>) => unknown]>([
    ['by flush()', (_device, app) => app.flush()],
    ['when the page becomes visible', ({ visibility }) => visibility.happen('show')],
    [
      'when the browser comes online',
      ({ connectivity }) => {
        connectivity.set(false)
        connectivity.set(true)
      },
    ],
    ['at the next start', (device, app) => app.close().then(() => device.open({ token: () => 'T' }))],
  ])('is held without a token, and asks for it again %s', async (_when, happen) => {
    const api = apiWithNote()
    const device = deviceOn(api)
    let token: string | undefined
    const app = device.open({ token: () => token })
    const edit = await app.collection('notes').update('5', { title: 'New' })
    await vi.waitFor(() => expect(app.session$.value).toMatchObject({ state: 'expired', failure: { reason: 'token' } }))
    expect(api.calls).toEqual([])
    token = 'T'
    await happen(device, app)
    await vi.waitFor(() => expect(api.records('notes')).toEqual([{ id: '5', title: 'New' }]))
    void edit
  })

  it.each([{ account: '' }, { account: 5 }, { faultKinds: {} }, { appId: 'x' }, { refreshAfterMs: 1 }])(
    'is not opened with %j',
    (more) => {
      expect(() => deviceOn(apiWithNote()).open(more as never)).toThrow(TypeError)
    },
  )

  it('takes the rules of a collection before those of the app', async () => {
    const contests: unknown[] = []
    const api = apiWithNote()
    const collections = {
      notes: {
        ids: 'device',
        resolve: ({ mine, theirs }: { mine: unknown; theirs: unknown }) => {
          contests.push([mine, theirs])
          return 'Both'
        },
      },
    } as const
    const device = deviceOn(api)
    const app = device.open({ collections, freshForMs: 0 })
    await app.record('notes', '5').refresh()
    device.connectivity.online = false
    const edit = await app.collection('notes').update('5', { title: 'Mine' })
    api.put('notes', { id: '5', title: 'Theirs' })
    device.connectivity.set(true)
    await app.flush()
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', value: { title: 'Both' } })
    expect(contests).toEqual([['Mine', 'Theirs']])
  })
})

describe('records on the local server', () => {
  it.each(['POST', 'PUT'] as const)('live their life offline, made by %s', async (create) => {
    const running = await serveRest()
    const device = deviceOn({ ...restApi(), fetch })
    const app = device.open({ url: running.root, collections: { notes: { ids: 'device', create } } })
    const notes = app.collection('notes')
    device.connectivity.set(false)
    const made = await notes.create({ title: 'Milk' })
    const changed = await notes.update(made.recordId, { title: 'Oat milk' })
    const unsent = await notes.create({ title: 'Tea' })
    const taken = await notes.delete(unsent.recordId)
    expect(await taken.settled).toMatchObject({ outcome: 'accepted', value: null })
    expect(await unsent.settled).toMatchObject({ outcome: 'discarded' })
    device.connectivity.set(true)
    expect(await made.settled).toMatchObject({ outcome: 'accepted' })
    expect(await changed.settled).toMatchObject({ outcome: 'accepted', value: { title: 'Oat milk' } })
    expect(running.control.all('notes')).toMatchObject([{ id: made.recordId, title: 'Oat milk' }])
    const deleted = await notes.delete(made.recordId)
    expect(await deleted.settled).toMatchObject({ outcome: 'accepted', value: null })
    expect(running.control.all('notes')).toEqual([])
    expect(await notes.get(made.recordId)).toBeNull()
  })

  it('are shown again, with their fault, where the server refuses them', async () => {
    const running = await serveRest()
    const app = deviceOn({ ...restApi(), fetch }).open({ url: running.root })
    const edit = await app.collection('notes').create({ title: 'x'.repeat(201) })
    expect(await edit.settled).toMatchObject({
      outcome: 'rejected',
      fault: { kind: 'validation', op: 'create', offending: ['title'] },
    })
    expect(app.record('notes', edit.recordId).state$.value).toMatchObject({ state: 'refused', op: 'create' })
  })
})

describe('in development', () => {
  it('says once what a lost answer to a creation costs, and nothing elsewhere', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    onTestFinished(() => warn.mockRestore())
    onTestFinished(() => void vi.unstubAllEnvs())
    const collections = { notes: { ids: 'server' } } as const
    const device = deviceOn(apiWithNote())
    device.open({ collections })
    expect(warn).not.toHaveBeenCalled()
    vi.stubEnv('NODE_ENV', 'development')
    device.open({ collections: { notes: { ids: 'server', idempotencyKey: true } } })
    expect(warn).not.toHaveBeenCalled()
    device.open({ collections })
    device.open({ collections })
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('a creation in notes'))
  })
})
