/* Records that refer to one another, made without a network: each goes out once those exist that it names, by their names (R19, R20). */
import { expect, it } from 'vitest'
import { startRestServer, type RunningRestServer } from '../../demo/server/rest/start-rest-server.js'
import { type Client, type Edit, openRest } from '../../src/rest/index.js'
import { makeStage, type Page, type Stage } from '../support/stage.js'

/** `sees`: is given each request as it leaves, and holds it up. */
async function opened(
  sees: (request: string) => Promise<unknown> | undefined = () => undefined,
): Promise<{ server: RunningRestServer; stage: Stage; page: Page<Client>; requests: string[] }> {
  const server = await startRestServer({ port: 0 })
  const stage = makeStage({
    held: () => server.control.held(),
    release: () => server.control.release(),
    stop: () => server.stop(),
  })
  const requests: string[] = []
  const page = stage.openPage(
    (platform) =>
      openRest({
        url: server.root,
        account: 'ann',
        collections: {
          authors: { ids: 'server', idempotencyKey: true },
          notebooks: { ids: 'device', create: 'PUT', refs: { coverId: 'notes' } },
          notes: { ids: 'device', create: 'PUT', refs: { authorId: 'authors', notebookId: 'notebooks' } },
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
  return { server, stage, page, requests }
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
