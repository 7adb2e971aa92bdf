/* Records that refer to one another, made without a network: each goes out once those exist that it names, by their names (R19, R20). */
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Endpoint } from '../../src/endpoint/endpoint.js'
import { openClient } from '../../src/index.js'
import { type Client, type Edit, type Fault, openRest } from '../../src/rest/index.js'
import { fakePlatform } from '../support/fake-platform.js'
import { newest } from '../support/newest.js'
import { type Page } from '../support/stage.js'
import { makeRestStage, type RestStage } from '../support/rest-stage.js'

interface Opened extends RestStage {
  page: Page<Client>
  /** Method and collection of each request that left the device. */
  requests: string[]
  /** Another tab. */
  open(): Promise<Page<Client>>
}

/** `sees`: is given each request as it leaves, and holds it up. */
async function opened(sees: (request: string) => Promise<unknown> | undefined = () => undefined): Promise<Opened> {
  const { server, stage } = await makeRestStage()
  const requests: string[] = []
  const open = async (): Promise<Page<Client>> => {
    const page = stage.openPage(
      (platform) =>
        openRest({
          url: server.root,
          account: 'ann',
          collections: {
            authors: { ids: 'server', idempotencyKey: true },
            notebooks: { ids: 'device', create: 'PUT', refs: { coverId: 'notes' } },
            notes: { ids: 'device', create: 'PUT', refs: { authorId: 'authors', notebookId: 'notebooks' } },
            jobs: { ids: 'server', clientKey: 'clientKey', refs: { authorIds: 'authors', 'lines.*.noteId': 'notes' } },
          },
          platform,
        }) as Client,
      async ({ method, url }) => {
        const request = `${method} ${new URL(url).pathname.split('/')[2]}`
        requests.push(request)
        await sees(request)
      },
    )
    await stage.quiet()
    return page
  }
  return { server, stage, page: await open(), requests, open }
}

it('a note names an author that the backend has not named yet: the author is made first, and the note carries its name', async () => {
  const { server, stage, page, requests } = await opened()
  page.platform.connectivity.set(false)
  const author = await page.app.collection('authors').create({ name: 'Ann' })
  const note = await page.app.collection('notes').create({ title: 'Milk', authorId: author.recordId })
  await stage.reconnect(page)
  await stage.quiet()
  expect(requests).toEqual(['POST authors', 'PUT notes'])
  expect([await author.settled, await note.settled]).toMatchObject([{ outcome: 'accepted' }, { outcome: 'accepted' }])
  const [made] = server.control.all('authors')
  expect(server.control.all('notes')).toMatchObject([{ title: 'Milk', authorId: made!.id }])
})

it('a notebook and its note name each other: three requests, and no deadlock', async () => {
  const { stage, page, requests } = await opened()
  const { app } = page
  page.platform.connectivity.set(false)
  const notebook = await app.collection('notebooks').create({ title: 'Home' })
  const note = await app.collection('notes').create({ title: 'Milk', notebookId: notebook.recordId })
  const cover = await app.collection('notebooks').update(notebook.recordId, { coverId: note.recordId })
  await stage.reconnect(page)
  await stage.quiet()
  expect(requests.filter((one) => !one.startsWith('GET'))).toEqual(['PUT notebooks', 'PUT notes', 'PATCH notebooks'])
  expect(await cover.settled).toMatchObject({ outcome: 'accepted' })
})

it('a refused author ends the note that names it in a fault of its own, which names the cause', async () => {
  const { stage, page } = await opened()
  const { app } = page
  page.platform.connectivity.set(false)
  const author = await app.collection('authors').create({ name: 'x'.repeat(201) })
  const note = await app.collection('notes').create({ title: 'Milk', authorId: author.recordId })
  await stage.reconnect(page)
  await stage.quiet()
  const { fault } = (await author.settled) as { fault: { id: string; kind: string } }
  expect(fault).toMatchObject({ kind: 'validation', op: 'create' })
  expect(await note.settled).toMatchObject({
    outcome: 'rejected',
    fault: { kind: 'dependency', op: 'create', causedBy: fault.id, mine: { title: 'Milk', authorId: author.recordId } },
  })
})

it('an edit that ends with the author it names leaves what was written again: a retry of the author brings nothing older back', async () => {
  const { server, stage, page } = await opened()
  const { app } = page
  const notes = app.collection('notes')
  const { recordId: id } = await stage.after(notes.create({ title: 'Milk' }))
  page.platform.connectivity.set(false)
  const author = await app.collection('authors').create({ name: 'x'.repeat(201) })
  const named = await notes.update(id, { title: 'Bread', text: 'Rye', authorId: author.recordId })
  await notes.update(id, { title: 'Tea' })
  await stage.reconnect(page)
  await stage.quiet()
  expect(await named.settled).toMatchObject({
    outcome: 'rejected',
    fault: { kind: 'dependency', mine: { title: 'Bread', text: 'Rye' }, overtaken: ['title'] },
  })
  expect(server.control.read('notes', id)).toMatchObject({ title: 'Tea' })
  const root = app.faults.open$.value.find(({ recordId }) => recordId === author.recordId)!
  await stage.after(app.faults.amend(root.id, { name: 'Ann' }))
  const [made] = server.control.all('authors')
  expect(server.control.read('notes', id)).toMatchObject({ title: 'Tea', text: 'Rye', authorId: made!.id })
  expect(app.status$.value).toMatchObject({ pending: 0, faults: 0 })
})

it.each([
  ['goes out where the backend has what the fault shows', 'shown', { outcome: 'accepted' }, 'mine'],
  [
    'is a conflict again where the backend has another value by now',
    'new',
    { outcome: 'rejected', fault: { kind: 'conflict', reason: 'changed' } },
    'new',
  ],
])('after another login, which erases the base, a retry of a conflict %s', async (_, there, settlement, left) => {
  const { server, stage, page } = await opened()
  const { app } = page
  const named: { [name: string]: number } = {}
  const make = async (name: string): Promise<string> => {
    const { recordId } = await stage.after(app.collection('authors').create({ name }))
    named[name] = server.control.all('authors').find((author) => author.name === name)!.id as number
    return recordId
  }
  const [mine, shown] = [await make('mine'), await make('shown')]
  await make('new')
  const notes = app.collection('notes')
  const { recordId: id } = await stage.after(notes.create({ title: 'Milk' }))
  await stage.advance(61_000)
  page.platform.connectivity.set(false)
  await notes.update(id, { authorId: mine })
  server.control.update('notes', id, { authorId: named.shown! })
  await stage.reconnect(page)
  const [fault] = app.faults.open$.value
  expect(fault).toMatchObject({ kind: 'conflict', mine: { authorId: mine }, theirs: { authorId: shown } })

  await stage.after(app.session.use('bob'))
  await stage.after(app.session.use('ann'))
  server.control.update('notes', id, { authorId: named[there]! })
  const { settled } = await stage.after(app.faults.retry(fault!.id))
  expect(await settled).toMatchObject(settlement)
  expect(server.control.read('notes', id)).toMatchObject({ authorId: named[left]! })
})

it('an author that is deleted while its creation is under way, and that is refused, ends the note that names it: it never goes out', async () => {
  let authorId = ''
  const deleting = (request: string): Promise<Edit> | undefined =>
    request === 'POST authors' ? page.app.collection('authors').delete(authorId) : undefined
  const { stage, page, requests } = await opened(deleting)
  const { app } = page
  page.platform.connectivity.set(false)
  const author = await app.collection('authors').create({ name: 'x'.repeat(201) })
  authorId = author.recordId
  const note = await app.collection('notes').create({ title: 'Milk', authorId })
  await stage.reconnect(page)
  await stage.quiet()
  expect(requests).toEqual(['POST authors'])
  expect(await author.settled).toMatchObject({ outcome: 'discarded' })
  expect(await note.settled).toMatchObject({
    outcome: 'rejected',
    fault: { kind: 'dependency', op: 'create', mine: { title: 'Milk', authorId } },
  })
})

it('ids in a list and in nested JSON: the server gets its own, in its own type, and the app sees those of this device', async () => {
  const { server, stage, page, requests } = await opened()
  const { app, platform } = page
  platform.connectivity.set(false)
  const [ann, bob] = [
    await app.collection('authors').create({ name: 'Ann' }),
    await app.collection('authors').create({ name: 'Bob' }),
  ]
  const note = await app.collection('notes').create({ title: 'Milk' })
  const values = {
    authorIds: [bob.recordId, ann.recordId],
    lines: [{ noteId: note.recordId, n: 1 }, { n: 2 }],
  }
  const job = await app.collection('jobs').create({ title: 'Shop', ...values })
  const value = newest(app.record('jobs', job.recordId).value$)
  await stage.reconnect(page)
  await stage.quiet()
  expect(requests.toSorted()).toEqual(['POST authors', 'POST authors', 'POST jobs', 'PUT notes'])
  const idOf = (name: string): unknown => server.control.all('authors').find((author) => author.name === name)!.id
  expect(server.control.all('jobs')).toMatchObject([{ ...values, authorIds: [idOf('Bob'), idOf('Ann')] }])
  expect([typeof idOf('Ann'), value()]).toMatchObject(['number', values])
  const { id: eve } = server.control.create('authors', { name: 'Eve' }) as { id: number }
  await app.collection('jobs').update(job.recordId, { authorIds: [ann.recordId, eve] })
  await stage.quiet()
  expect([server.control.all('jobs')[0]!.authorIds, value()!.authorIds]).toEqual([
    [idOf('Ann'), eve],
    [ann.recordId, eve],
  ])
})

it.each([
  ['a number', 7],
  ['the greatest whole number', Number.MAX_SAFE_INTEGER],
  ['a text beyond 2^53', '9007199254740993'],
])(
  'a backend that names a record by %s gets that name, in that type, in requests and in what refers to it',
  async (_, remoteId) => {
    const writes: unknown[] = []
    const backend = { id: 'ours', database: 'ours' }
    const authors: Endpoint = {
      backend,
      ids: 'server',
      async write(request) {
        writes.push([request.op, request.key.id])
        return { ok: true, id: remoteId, record: { name: request.op === 'create' ? 'Ann' : 'Bob' } }
      },
    }
    const notes: Endpoint = {
      backend,
      ids: 'device',
      refs: { authorId: 'authors' },
      async write(request) {
        const record = request.op === 'create' ? request.properties : {}
        writes.push([request.op, record])
        return { ok: true, record }
      },
    }
    const client = openClient({ endpoints: { authors, notes }, platform: fakePlatform() })
    onTestFinished(() => client.close())
    await client.session.use('ann')
    const { recordId } = await client.collection('authors').create({ name: 'Ann' })
    await client.collection('notes').create({ authorId: recordId })
    await client.flush()
    await client.collection('authors').update(recordId, { name: 'Bob' })
    await client.flush()
    expect(writes).toEqual([
      ['create', recordId],
      ['create', { authorId: remoteId }],
      ['update', String(remoteId)],
    ])
    expect(await client.collection('authors').idOf(remoteId)).toBe(recordId)
    expect(client.status$.value).toMatchObject({ pending: 0, faults: 0 })
  },
)

it('an answer to a creation that names a record which was read before is no proof: both records stay apart', async () => {
  const { server, stage, page } = await opened()
  const { app } = page
  const id = server.control.create('authors', { name: 'Bob' }).id as number
  const authors = app.collection('authors')
  const bob = newest(authors.record(id).value$)
  await stage.after(authors.record(id).refresh())
  await stage.advance(1_000)
  server.control.rules.add({
    match: { method: 'POST' },
    action: { do: 'answer', status: 201, body: { id, name: 'Ann' } },
    times: 2,
  })
  const author = await authors.create({ name: 'Ann' })
  const ann = newest(authors.record(author.recordId).value$)
  await stage.quiet()
  expect([ann(), bob(), app.status$.value.pending]).toMatchObject([{ name: 'Ann' }, { name: 'Bob' }, 1])
  await stage.advance(60_000)
  expect([ann(), bob()]).toMatchObject([{ name: 'Ann' }, { name: 'Bob' }])
  expect(server.control.all('authors')).toMatchObject([{ name: 'Bob' }, { name: 'Ann' }])
  expect(app.status$.value).toMatchObject({ pending: 0, faults: 0 })
})

it('a name beyond 2^53 as a number is none: the answer proves nothing', async () => {
  let tries = 0
  const authors: Endpoint = {
    backend: { id: 'ours', database: 'ours' },
    ids: 'server',
    repeatsCreates: 'by-key',
    async write() {
      tries++
      return { ok: true, id: 2 ** 53, record: { name: 'Ann' } }
    },
  }
  const client = openClient({ endpoints: { authors }, platform: fakePlatform() })
  onTestFinished(() => client.close())
  await client.session.use('ann')
  const { recordId } = await client.collection('authors').create({ name: 'Ann' })
  await client.flush()
  expect([tries > 0, client.status$.value.pending]).toEqual([true, 1])
  expect(await client.collection('authors').idOf(2 ** 53 - 2)).toBe(String(2 ** 53 - 2))
  expect(await client.collection('authors').get(recordId)).toEqual({ name: 'Ann' })
})

it('a parent is deleted after its children, and after one that has left it', async () => {
  const { server, stage, page, requests } = await opened()
  const { app, platform } = page
  const notebooks = app.collection('notebooks')
  const [home, other] = [await notebooks.create({ title: 'Home' }), await notebooks.create({ title: 'Other' })]
  const notes = app.collection('notes')
  const made = [1, 2].map((n) => notes.create({ title: `Note ${n}`, notebookId: home.recordId }))
  const [gone, moved] = await Promise.all(made)
  await stage.quiet()
  requests.splice(0)
  platform.connectivity.set(false)
  await notes.delete(gone!.recordId)
  await notes.update(moved!.recordId, { notebookId: other.recordId })
  const pending = newest(app.pending$)
  const deleting = await notebooks.delete(home.recordId)
  await stage.quiet()
  expect(pending()!.at(-1)).toMatchObject({ id: deleting.id, op: 'delete' })
  expect(
    pending()!
      .at(-1)!
      .waitsFor!.map(({ id }) => id)
      .toSorted(),
  ).toEqual([gone!, moved!].map(({ key }) => key.id).toSorted())
  await stage.reconnect(page)
  await stage.quiet()
  const sent = requests.filter((one) => !one.startsWith('GET'))
  expect(sent.toSorted()).toEqual(['DELETE notebooks', 'DELETE notes', 'PATCH notes'])
  expect(sent.at(-1)).toBe('DELETE notebooks')
  expect(server.control.all('notebooks')).toMatchObject([{ title: 'Other' }])
  expect(app.status$.value).toMatchObject({ pending: 0, faults: 0 })
})

it('a note that a logout keeps, of an author that the backend has named, goes out with that name after the next login', async () => {
  const { server, stage, page, requests } = await opened()
  const { app } = page
  server.control.failNext({ status: 503, code: 'busy' }, { method: 'PUT', path: '/notes/*' })
  const author = await app.collection('authors').create({ name: 'Ann' })
  const note = await app.collection('notes').create({ title: 'Milk', authorId: author.recordId })
  await stage.quiet()
  expect([await author.settled, app.status$.value.pending]).toMatchObject([{ outcome: 'accepted' }, 1])
  await stage.after(app.session.leave({ pending: 'keep' }))
  await stage.after(app.session.use('bob'))
  expect([await app.collection('notes').get(note.recordId), app.status$.value.pending]).toEqual([undefined, 0])
  requests.splice(0)
  await stage.after(app.session.use('ann'))
  await stage.advance(120_000)
  await stage.quiet()
  expect(requests.filter((one) => !one.startsWith('GET'))).toEqual(['PUT notes'])
  const [made] = server.control.all('authors')
  expect(server.control.all('notes')).toMatchObject([{ title: 'Milk', authorId: made!.id }])
  expect(app.status$.value).toMatchObject({ pending: 0, faults: 0 })
})

describe('a refused author of three', () => {
  interface Refused extends Opened {
    author: Edit
    note: Edit
    notebook: Edit
  }

  /** A note names the author, and a notebook names the note. */
  async function refused(): Promise<Refused> {
    const world = await opened()
    const { app, platform } = world.page
    platform.connectivity.set(false)
    const author = await app.collection('authors').create({ name: 'x'.repeat(201) })
    const note = await app.collection('notes').create({ title: 'Milk', authorId: author.recordId })
    const notebook = await app.collection('notebooks').create({ title: 'Home', coverId: note.recordId })
    await world.stage.reconnect(world.page)
    await world.stage.quiet()
    expect(world.requests.splice(0)).toEqual(['POST authors'])
    expect(causes(world.page)).toEqual({
      [author.recordId]: ['validation', undefined],
      [note.recordId]: ['dependency', author.recordId],
      [notebook.recordId]: ['dependency', note.recordId],
    })
    return { ...world, author, note, notebook }
  }

  const faultOf = ({ app }: Page<Client>, { recordId }: Edit): Fault | undefined =>
    app.faults.open$.value.find((fault) => fault.recordId === recordId)

  /** By record: the kind of its fault, and the record of the fault that has caused it. */
  const causes = ({ app }: Page<Client>): Record<string, unknown> => {
    const open = app.faults.open$.value
    return Object.fromEntries(
      open.map(({ recordId, kind, causedBy }) => [recordId, [kind, open.find(({ id }) => id === causedBy)?.recordId]]),
    )
  }

  it('is amended: all three go out, in their order, under their ids', async () => {
    const { page, stage, server, requests, author, note, notebook } = await refused()
    const state = newest(page.app.record('notebooks', notebook.recordId).state$)
    await stage.quiet()
    expect(state()).toMatchObject({ state: 'refused', op: 'create' })
    page.platform.connectivity.set(false)
    await page.app.faults.amend(faultOf(page, author)!.id, { name: 'Ann' })
    expect([state(), page.app.faults.open$.value]).toEqual([{ state: 'pending', op: 'create' }, []])
    await stage.reconnect(page)
    await stage.quiet()
    expect(requests).toEqual(['POST authors', 'PUT notes', 'PUT notebooks'])
    const [made] = server.control.all('authors')
    expect(server.control.read('notes', note.recordId)).toMatchObject({ title: 'Milk', authorId: made!.id })
    expect(server.control.read('notebooks', notebook.recordId)).toMatchObject({ coverId: note.recordId })
    expect(page.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
  })

  it('is retried by the fault of the last of them, and refused again: the three faults have new causes', async () => {
    const { page, stage, requests, author, note, notebook } = await refused()
    const before = page.app.faults.open$.value.map(({ id }) => id)
    const again = await page.app.faults.retry(faultOf(page, notebook)!.id)
    expect(again).toMatchObject({ op: 'create', recordId: author.recordId })
    await stage.quiet()
    expect(requests).toEqual(['POST authors'])
    const open = page.app.faults.open$.value
    expect(causes(page)).toEqual({
      [author.recordId]: ['validation', undefined],
      [note.recordId]: ['dependency', author.recordId],
      [notebook.recordId]: ['dependency', note.recordId],
    })
    expect(open.filter(({ id }) => before.includes(id))).toEqual([])
  })

  it('has a child amended first: that stays in its fault, and goes out so with the author', async () => {
    const { page, stage, server, requests, author, note } = await refused()
    const { id, editIds } = faultOf(page, note)!
    const edit = await page.app.faults.amend(id, { title: 'Oat milk' })
    expect(edit).toMatchObject({ id: editIds[0], recordId: note.recordId, patch: { title: 'Oat milk' } })
    expect(await edit.settled).toMatchObject({ outcome: 'rejected', fault: { id, mine: { title: 'Oat milk' } } })
    await stage.quiet()
    expect([requests, faultOf(page, note)]).toMatchObject([[], { id, mine: { title: 'Oat milk' } }])
    const value = newest(page.app.record('notes', note.recordId).value$)
    await stage.quiet()
    expect(value()).toMatchObject({ title: 'Oat milk', authorId: author.recordId })
    await page.app.faults.amend(faultOf(page, author)!.id, { name: 'Ann' })
    await stage.quiet()
    expect(server.control.read('notes', note.recordId)).toMatchObject({ title: 'Oat milk' })
    expect(page.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
  })

  it('has a child that is amended to name another author: it goes out at once, and its own child with it', async () => {
    const { page, stage, server, requests, author, note, notebook } = await refused()
    const other = await page.app.collection('authors').create({ name: 'Bob' })
    await stage.quiet()
    requests.splice(0)
    await page.app.faults.amend(faultOf(page, note)!.id, { authorId: other.recordId })
    await stage.quiet()
    expect(requests).toEqual(['PUT notes', 'PUT notebooks'])
    expect(server.control.read('notebooks', notebook.recordId)).toMatchObject({ coverId: note.recordId })
    expect(page.app.faults.open$.value.map(({ recordId }) => recordId)).toEqual([author.recordId])
  })

  it('is discarded: the others stay, and each can name another', async () => {
    const { page, stage, server, author, note, notebook } = await refused()
    await page.app.faults.discard(faultOf(page, author)!.id)
    await stage.quiet()
    expect(causes(page)).toEqual({
      [note.recordId]: ['dependency', undefined],
      [notebook.recordId]: ['dependency', note.recordId],
    })
    const { id } = faultOf(page, note)!
    await expect(page.app.faults.retry(id)).rejects.toMatchObject({ code: 'deleted', property: 'authorId' })
    await page.app.faults.amend(id, { authorId: null })
    await stage.quiet()
    expect(server.control.read('notes', note.recordId)).toMatchObject({ title: 'Milk', authorId: null })
    expect(page.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
  })

  it('is discarded with its group: all end, and none of the records exists', async () => {
    const { page, stage, author, note, notebook } = await refused()
    await page.app.faults.discard(faultOf(page, author)!.id, { group: true })
    await stage.quiet()
    expect(page.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
    for (const { key } of [author, note, notebook])
      expect(await page.app.collection(key.collection).get(key.id)).toBeNull()
  })

  it('is retried in two tabs at once: each request goes out once', async () => {
    const { page, stage, server, requests, author, notebook, open } = await refused()
    const other = await open()
    const calls = [
      page.app.faults.amend(faultOf(page, author)!.id, { name: 'Ann' }),
      other.app.faults.retry(faultOf(other, notebook)!.id),
    ]
    const ends = await Promise.allSettled(calls)
    await stage.quiet()
    expect(ends).toMatchObject([{ status: 'fulfilled' }, { status: 'rejected', reason: { name: 'FaultClosedError' } }])
    expect(requests).toEqual(['POST authors', 'PUT notes', 'PUT notebooks'])
    expect(['authors', 'notes', 'notebooks'].map((name) => server.control.all(name).length)).toEqual([1, 1, 1])
  })
})
