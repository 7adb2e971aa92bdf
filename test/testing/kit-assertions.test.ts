// Each assertion of the kit fails where it should: on a planted loss, on planted doubles, and where a refused value is shown.
import 'fake-indexeddb/auto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openRest, type Client, type Platform, type RestCollection } from '../../src/rest/index.js'
import {
  fakeBackend,
  fakeDevice,
  noRefusedShown,
  nothingDoubled,
  nothingLost,
  type FakeBackend,
  type FakeDevice,
} from '../../src/testing/index.js'

interface Note {
  id: string
  title: string
  about?: string
}
type Notes = Client<{ notes: Note }>

/** `fetch` and `app` put something bad in the place of a backend, or of an app. */
function scene({
  fetch,
  app = (made) => made,
  ...rules
}: Partial<RestCollection> & {
  fetch?: (backend: FakeBackend<{ notes: Note }>) => typeof globalThis.fetch
  app?: (made: Notes) => Notes
} = {}): { backend: FakeBackend<{ notes: Note }>; device: FakeDevice<Notes> } {
  const backend = fakeBackend<{ notes: Note }>({ notes: [{ id: 'n1', title: 'Milk' }] })
  const device = fakeDevice({
    backend: { ...backend, ...(fetch && { fetch: fetch(backend) }) },
    open: (platform: Platform) =>
      app(
        openRest<{ notes: Note }>({
          url: backend.url,
          account: 'ann',
          collections: { notes: { ids: 'server', ...rules } },
          platform,
        }),
      ),
  })
  onTestFinished(() => device.close())
  return { backend, device }
}

describe('nothingLost', () => {
  it('fails where an accepted edit has not reached the backend', async () => {
    const { device } = scene({
      fetch: (backend) => async (input) => {
        const request = input as Request
        if (request.method !== 'PATCH') return backend.fetch(request)
        return Response.json({ id: 'n1', ...((await request.json()) as object) })
      },
    })
    const { app } = await device.openTab()
    device.net.offline()
    await app.collection('notes').update('n1', { title: 'Oats' })
    await expect(nothingLost(device)).resolves.toBeUndefined()
    device.net.online()
    await device.settle()
    await expect(nothingLost(device)).rejects.toThrow('Lost: the update of notes n1, {"title":"Oats"}, was accepted')
  })

  it.each(['create', 'delete'] as const)('fails where an accepted %s has not', async (op) => {
    const { device, backend } = scene()
    const notes = (await device.openTab()).app.collection('notes')
    await (op === 'create' ? notes.create({ title: 'Tea' }) : notes.delete('n1'))
    await device.settle()
    await expect(nothingLost(device)).resolves.toBeUndefined()
    // As though it had never come.
    ;(backend.writes as unknown[]).length = 0
    if (op === 'create') backend.delete('notes', backend.all('notes')[1]!.id)
    else backend.put('notes', { id: 'n1', title: 'Milk' })
    await expect(nothingLost(device)).rejects.toThrow(`Lost: the ${op} of notes`)
  })

  it('fails where nobody knows of a saved edit any more', async () => {
    let isForgotten = false
    const { device } = scene({
      app: (made) => ({
        ...made,
        settlement: (id) => (isForgotten ? Promise.resolve({ outcome: 'unknown' }) : made.settlement(id)),
      }),
    })
    await (await device.openTab()).app.collection('notes').update('n1', { title: 'Oats' })
    await device.settle()
    await expect(nothingLost(device)).resolves.toBeUndefined()
    isForgotten = true
    await expect(nothingLost(device)).rejects.toThrow('is neither pending nor settled')
  })

  it('holds of what is pending, refused, discarded, covered by a later edit, and named otherwise at the backend', async () => {
    const { device, backend } = scene({
      encode: ({ title, ...others }) => ({ ...others, name: title! }),
      decode(json) {
        const { name, ...others } = json as { name: string }
        return { title: name, ...others }
      },
    })
    const { app } = await device.openTab()
    device.net.offline()
    const first = await app.collection('notes').create({ title: 'Te' })
    await app.collection('notes').update(first.recordId, { title: 'Tea' })
    const other = await app.collection('notes').create({ title: 'Bread' })
    await app.discardEdit(other.id)
    await nothingLost(device)
    device.net.online()
    backend.refuse({}, { only: ({ properties }) => properties.name === 'Beer' })
    await app.collection('notes').create({ title: 'Beer' })
    await device.settle()
    expect(app.faults.open$.value).toHaveLength(1)
    expect(backend.writes.map(({ properties }) => properties.name)).toEqual(['Tea'])
    await nothingLost(device)
  })

  it.each(['amend', 'retry', 'discard'] as const)(
    'holds of a refused edit after a %s, also after a reload',
    async (how) => {
      const { device, backend } = scene({ ids: 'device' })
      const tab = await device.openTab()
      backend.refuse({}, { times: 1 })
      await tab.app.collection('notes').update('n1', { title: 'Tea' })
      await device.settle()
      const { app } = await tab.reload()
      const { id } = app.faults.open$.value[0]!
      await (how === 'amend' ? app.faults.amend(id, { title: 'Green tea' }) : app.faults[how](id))
      await device.settle()
      expect(app.faults.open$.value).toEqual([])
      const wanted = { amend: 'Green tea', retry: 'Tea', discard: 'Milk' }[how]
      expect(backend.get('notes', 'n1')).toMatchObject({ title: wanted })
      await nothingLost(device)
      await nothingDoubled(device)
      await noRefusedShown(device)
    },
  )

  it('holds of a record that was made and deleted offline, which needs no request', async () => {
    const { device, backend } = scene()
    const notes = (await device.openTab()).app.collection('notes')
    device.net.offline()
    const { recordId } = await notes.create({ title: 'Tea' })
    await notes.delete(recordId)
    device.net.online()
    await device.settle()
    expect(backend.writes).toEqual([])
    await nothingLost(device)
  })

  it('holds of a reference to a record that was made here, and fails where that is lost', async () => {
    const { device, backend } = scene({ refs: { about: 'notes' } })
    const notes = (await device.openTab()).app.collection('notes')
    device.net.offline()
    const { recordId } = await notes.create({ title: 'Tea' })
    await notes.update('n1', { about: recordId })
    device.net.online()
    await device.settle()
    const about = backend.get('notes', 'n1')!.about
    expect(about).not.toBe(recordId)
    await nothingLost(device)
    ;(backend.writes as unknown[]).pop()
    backend.put('notes', { id: 'n1', title: 'Milk', about: 'n1' })
    await expect(nothingLost(device)).rejects.toThrow('Lost: the update of notes n1')
  })
})

describe('nothingDoubled', () => {
  it('fails where one creation has made two records', async () => {
    const { device } = scene({
      fetch: (backend) => async (input) => {
        if ((input as Request).method === 'POST') await backend.fetch((input as Request).clone())
        return backend.fetch(input)
      },
    })
    await (await device.openTab()).app.collection('notes').create({ title: 'Tea' })
    await device.settle()
    await expect(nothingDoubled(device)).rejects.toThrow('Doubled: 1 creations have made 2 records of notes')
  })

  it('fails where a late copy has come over a newer value', async () => {
    const copies: Request[] = []
    const { device, backend } = scene({
      fetch: (made) => (input) => {
        if ((input as Request).method === 'PATCH') copies.push((input as Request).clone())
        return made.fetch(input)
      },
    })
    const notes = (await device.openTab()).app.collection('notes')
    for (const title of ['Oats', 'Tea']) {
      await notes.update('n1', { title })
      await device.settle()
    }
    await expect(nothingDoubled(device)).resolves.toBeUndefined()
    await backend.fetch(copies[0]!)
    await expect(nothingDoubled(device)).rejects.toThrow('Doubled: "title" of notes n1 became "Oats" 2 times')
  })

  it('holds of equal notes, of a value that the person writes twice, and of what others write', async () => {
    const { device, backend } = scene()
    const notes = (await device.openTab()).app.collection('notes')
    for (const title of ['Oats', 'Tea', 'Oats']) {
      await notes.update('n1', { title })
      await notes.create({ title: 'Bread' })
      backend.put('notes', { title: 'Bread' })
      await device.settle()
    }
    expect(backend.all('notes')).toHaveLength(7)
    await nothingDoubled(device)
  })
})

describe('noRefusedShown', () => {
  const refused = async (app?: (made: Notes) => Notes) => {
    const { device, backend } = scene(app && { app })
    const tab = await device.openTab()
    await tab.app.collection('notes').refresh(['n1'])
    backend.refuse()
    return { device, backend, notes: tab.app.collection('notes') }
  }
  const showing =
    (view: Note | null) =>
    (made: Notes): Notes => ({
      ...made,
      collection: ((name: 'notes') => ({ ...made.collection(name), get: () => Promise.resolve(view) })) as never,
    })

  it('fails where a tab shows a refused value', async () => {
    const { device, notes } = await refused(showing({ id: 'n1', title: 'Oats' }))
    device.net.offline()
    await notes.update('n1', { title: 'Oats' })
    await expect(noRefusedShown(device)).resolves.toBeUndefined()
    device.net.online()
    await device.settle()
    await expect(noRefusedShown(device)).rejects.toThrow('Shown although refused: "title" of notes n1 is "Oats"')
  })

  it('fails where a tab shows no record whose deletion was refused', async () => {
    const { device, notes } = await refused(showing(null))
    await notes.delete('n1')
    await device.settle()
    await expect(noRefusedShown(device)).rejects.toThrow('Shown although refused: the deletion of notes n1')
  })

  it('holds of values that are rolled back, saved again, or the own ones of the backend', async () => {
    const { device, backend, notes } = await refused()
    await notes.update('n1', { title: 'Oats' })
    await device.settle()
    await noRefusedShown(device)
    device.net.offline()
    await notes.update('n1', { title: 'Oats' })
    expect(await notes.get('n1')).toMatchObject({ title: 'Oats' })
    await noRefusedShown(device)
    backend.accept()
    device.net.online()
    await device.settle()
    await noRefusedShown(device)
  })
})
