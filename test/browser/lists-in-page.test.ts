/* Lists and pulls in a page: real IndexedDB, real Web Locks, real CORS; two clients on one database, as two tabs have it; and tables. */
import { inject } from 'vitest'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { BackendlessApp } from '../../src/backendless/index.js'
import type { Client, ClientOptions, Collection, Row } from '../../src/index.js'
import type { RestCollection } from '../../src/rest/index.js'
import { openApp, until } from '../support/page/backend.js'
import { type Note, openRecords, restControl, stored } from '../support/page/rest-backend.js'

type Author = { id: string | number; name: string }
type Records = { notes: Note; authors: Author }
type Rows<T = Note> = readonly Row<T>[]

/** A device that is offline: nothing is tried. */
const offline = { online: false, onChange: () => () => {} }

/** All suites of an engine share the server: the notes of one test have a text of their own. */
interface Shelf {
  readonly tag: string
  readonly database: string
  /** How often a list of it was asked for. */
  asked: number
  open(options?: ClientOptions): Promise<Client<Records>>
  make(title: string): Promise<string>
}

function newShelf(): Shelf {
  const tag = crypto.randomUUID()
  const notes: RestCollection = {
    ids: 'device',
    list: {
      query: () => ({ text: tag }),
      page: (json, headers) => ({
        records: json as [],
        whole: true,
        next: /<([^>]*)>/.exec(headers.get('link') ?? '')?.[1],
      }),
    },
  }
  const shelf: Shelf = {
    tag,
    database: `test-${tag}`,
    asked: 0,
    open: ({ platform, ...options } = {}) =>
      openRecords<Records>(
        { notes, authors: { ids: 'server', idempotencyKey: true } },
        {
          database: shelf.database,
          platform: {
            fetch: (input, init) => {
              // Another request made of it would take its body.
              const { method, url } = input as Request
              if (method === 'GET' && url.includes(tag)) shelf.asked++
              return fetch(input, init)
            },
            ...platform,
          },
          ...options,
        },
      ),
    async make(title) {
      const id = crypto.randomUUID()
      await restControl('POST', '/records/notes', { id, title, text: tag })
      return id
    },
  }
  return shelf
}

/** Every list that the stream shows from now on. */
function framesOf<T>({ all$ }: Collection<T>): Rows<T>[] {
  const frames: Rows<T>[] = []
  const subscription = all$.subscribe((rows) => rows && frames.push(rows))
  onTestFinished(() => subscription.unsubscribe())
  return frames
}

const titles = (rows: Rows | undefined): string[] | undefined => rows?.map(({ value }) => value.title)
const has =
  (...wanted: string[]) =>
  (rows: Rows | undefined): boolean =>
    JSON.stringify(titles(rows)) === JSON.stringify(wanted)

/** The next request of this kind waits until the returned function is called. */
async function hold(method: string, path: string): Promise<() => Promise<unknown>> {
  await restControl('POST', '/rules', { match: { method, path }, action: { do: 'hold' } })
  return () => restControl('POST', '/release')
}

describe('a list', () => {
  it('is pulled page by page when somebody observes it, and is there offline after a reload, in its order', async () => {
    const shelf = newShelf()
    for (let at = 0; at < 60; at++) await shelf.make(`Note ${at}`)
    const wanted = Array.from({ length: 60 }, (_, at) => `Note ${at}`)
    const app = await shelf.open()
    const notes = app.collection('notes')
    expect(notes.all$.value).toBeUndefined()
    expect(notes.pull$.value).toEqual({ state: 'never' })
    expect(shelf.asked).toBe(0)
    expect(titles(await until(notes.all$, (rows) => rows?.length === 60))).toEqual(wanted)
    expect(await until(notes.pull$, ({ state }) => state === 'idle')).toMatchObject({ received: 60 })
    expect(shelf.asked).toBe(2)
    await app.close()

    const again = (await shelf.open({ platform: { connectivity: offline } })).collection('notes')
    const frames = framesOf(again)
    await until(again.count$, (count) => count === 60)
    expect(titles(frames.at(-1))).toEqual(wanted)
    expect(frames.filter((rows) => rows.length !== 60)).toEqual([])
    expect(shelf.asked).toBe(2)
  })

  it('shows an edit before the call returns, in a new object for its row and no other', async () => {
    const shelf = newShelf()
    const ids = [await shelf.make('Milk'), await shelf.make('Bread'), await shelf.make('Tea')]
    const notes = (await shelf.open()).collection('notes')
    const frames = framesOf(notes)
    await until(notes.all$, has('Milk', 'Bread', 'Tea'))
    const before = frames.at(-1)!
    const saving = notes.update(ids[1]!, { title: 'Rye' })
    const after = frames.at(-1)!
    expect(titles(after)).toEqual(['Milk', 'Rye', 'Tea'])
    expect(after[1]).toMatchObject({ id: ids[1], state: 'pending', op: 'update' })
    expect([0, 2].map((at) => after[at] === before[at])).toEqual([true, true])
    expect(await (await saving).settled).toMatchObject({ outcome: 'accepted' })
    await until(notes.all$, (rows) => rows?.[1]?.state === 'confirmed')
    expect([0, 2].map((at) => frames.at(-1)![at] === before[at])).toEqual([true, true])
    for (const rows of frames.slice(frames.indexOf(after))) expect(titles(rows)).toEqual(['Milk', 'Rye', 'Tea'])
  })

  it('has queries whose window moves, and a count that goes along', async () => {
    const shelf = newShelf()
    for (const title of ['d', 'b', 'a', 'c']) await shelf.make(title)
    const notes = (await shelf.open()).collection('notes')
    const query = notes.query$({ orderBy: 'title', offset: 1, limit: 2 })
    const windows: (string[] | undefined)[] = []
    const subscription = query.subscribe((rows) => windows.push(titles(rows)))
    await until(query, has('b', 'c'))
    query.setWindow({ limit: 2 })
    expect(windows.at(-1)).toEqual(['a', 'b'])
    void notes.create({ title: 'A', text: shelf.tag })
    expect(windows.at(-1)).toEqual(['A', 'a'])
    expect(await until(notes.count$, (count) => count === 5)).toBe(5)
    subscription.unsubscribe()
  })

  it('takes what others change and delete with the next pull', async () => {
    const shelf = newShelf()
    const ids = [await shelf.make('Milk'), await shelf.make('Bread')]
    const notes = (await shelf.open()).collection('notes')
    const frames = framesOf(notes)
    await until(notes.all$, has('Milk', 'Bread'))
    await restControl('PATCH', `/records/notes/${ids[0]}`, { title: 'Oat milk' })
    await restControl('DELETE', `/records/notes/${ids[1]}`)
    await notes.refresh()
    expect(titles(frames.at(-1))).toEqual(['Oat milk'])
  })
})

describe('a pull', () => {
  it('over a pending update and a pending creation: neither disappears, and no older value comes back', async () => {
    const shelf = newShelf()
    const id = await shelf.make('Milk')
    const notes = (await shelf.open()).collection('notes')
    const frames = framesOf(notes)
    await until(notes.all$, has('Milk'))
    const release = await hold('PATCH', `/notes/${id}`)
    const edit = await notes.update(id, { title: 'Mine' })
    const made = await notes.create({ title: 'New', text: shelf.tag })
    const from = frames.length
    for (let pulls = 0; pulls < 3; pulls++) await notes.refresh()
    await release()
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(await made.settled).toMatchObject({ outcome: 'accepted' })
    await notes.refresh()
    for (const rows of frames.slice(from)) expect(titles(rows)).toEqual(['Mine', 'New'])
    expect(await stored(id)).toMatchObject({ title: 'Mine' })
  })

  it('over creations that the server names: each stays one row, with its id and its place', async () => {
    const shelf = newShelf()
    const authors = (await shelf.open()).collection('authors')
    const frames = framesOf(authors)
    const mine = (rows: Rows<Author>): Rows<Author> => rows.filter(({ value }) => value.name.startsWith(shelf.tag))
    const made = await Promise.all([0, 1, 2].map((at) => authors.create({ name: `${shelf.tag} ${at}` })))
    const ids = made.map(({ recordId }) => recordId)
    const from = frames.length
    const pulling = (async () => {
      for (let pulls = 0; pulls < 5; pulls++) await authors.refresh()
    })()
    for (const { settled } of made) expect(await settled).toMatchObject({ outcome: 'accepted' })
    await pulling
    await authors.refresh()
    for (const rows of frames.slice(from)) expect(mine(rows).map(({ id }) => id)).toEqual(ids)
    for (const row of mine(frames.at(-1)!))
      expect(row).toMatchObject({ state: 'confirmed', remoteId: expect.any(Number) })
  })
})

describe('two tabs', () => {
  it('show the same list, and one of them pulls', async () => {
    const shelf = newShelf()
    await shelf.make('Milk')
    const tabs = [await shelf.open(), await shelf.open()].map((app) => app.collection('notes'))
    const frames = tabs.map((notes) => framesOf(notes))
    for (const notes of tabs) await until(notes.all$, has('Milk'))
    for (const notes of tabs) await until(notes.pull$, ({ state }) => state === 'idle')
    expect(shelf.asked).toBe(1)
    await tabs[0]!.create({ title: 'Bread', text: shelf.tag })
    const second = tabs[1]!.create({ title: 'Tea', text: shelf.tag })
    await second
    for (const notes of tabs) await until(notes.all$, (rows) => rows?.length === 3)
    for (const notes of tabs) await until(notes.all$, (rows) => !!rows?.every(({ state }) => state === 'confirmed'))
    expect(titles(frames[0]!.at(-1))).toEqual(titles(frames[1]!.at(-1)))
    expect(frames[0]!.at(-1)).toEqual(frames[1]!.at(-1))
    await tabs[1]!.delete(frames[1]!.at(-1)![0]!.id)
    for (const notes of tabs) await until(notes.all$, (rows) => rows?.length === 2)
    for (const one of frames) for (const rows of one) expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  })
})

describe('a table of Backendless', () => {
  type Order = { objectId: string; title: string }
  const tables = { Order: {} }

  async function openOrders(database: string): Promise<BackendlessApp> {
    const app = openApp({ database, tables } as ClientOptions) as unknown as BackendlessApp
    await until(app.users.session$, ({ state }) => state !== 'opening')
    if (app.users.session$.value.state === 'signed-out') await app.users.loginAsGuest()
    return app
  }

  it('has lists: rows that are made, changed and deleted here, and those of others, the same in two tabs', async () => {
    const tag = crypto.randomUUID()
    const orders = [await openOrders(`test-${tag}`), await openOrders(`test-${tag}`)].map((app) =>
      app.table<Order>('Order'),
    )
    const mine$ = orders.map((table) =>
      table.query$({ where: ({ title }) => title.startsWith(tag), deps: [tag], orderBy: 'title' }),
    )
    const shows = (...wanted: string[]) =>
      Promise.all(
        mine$.map((rows$) =>
          until(
            rows$,
            (rows) =>
              JSON.stringify(rows?.map(({ value }) => value.title.slice(tag.length))) === JSON.stringify(wanted),
          ),
        ),
      )
    const seen = mine$.map((rows$) => {
      const frames: string[][] = []
      const subscription = rows$.subscribe((rows) => rows && frames.push(rows.map(({ id }) => id)))
      onTestFinished(() => subscription.unsubscribe())
      return frames
    })
    const made = await orders[0]!.create({ title: `${tag} a` })
    await shows(' a')
    expect(await made.settled).toMatchObject({ outcome: 'accepted' })
    const other = await fetch(`${inject('apiRoot')}/data/Order`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: `${tag} b` }),
    })
    const { objectId } = (await other.json()) as Order
    await orders[1]!.refresh()
    await shows(' a', ' b')
    expect(await (await orders[1]!.update(objectId, { title: `${tag} c` })).settled).toMatchObject({
      outcome: 'accepted',
    })
    await shows(' a', ' c')
    expect(await (await orders[0]!.delete(made.recordId)).settled).toMatchObject({ outcome: 'accepted' })
    await shows(' c')
    await orders[0]!.refresh()
    await shows(' c')
    for (const frames of seen) for (const ids of frames) expect(new Set(ids).size).toBe(ids.length)
  })
})
