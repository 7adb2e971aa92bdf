/*
 * The life of records on a server that nobody here wrote, run against each that `server-kind.ts` describes. The app has `notes`,
 * which the device names, and `authors`, which the server names. A case that a server cannot make is skipped under its name, with
 * the reason.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Properties } from '../../src/model/record.js'
import { restEndpoints } from '../../src/rest/endpoint.js'
import { type Client, openRest, type OpenRestOptions } from '../../src/rest/index.js'
import { requestContext } from '../support/answering-fetch.js'
import { makeStage, type Page, type Stage } from '../support/stage.js'
import { cookieHeader, takeCookies, type CreationMode, type ServedApi, type ServerKind } from './server-kind.js'

type App = Client<{ notes: Properties; authors: Properties }>

/** The end of a request: it never left, its answer never came, or the browser was killed before the answer. */
type Ending = 'not sent' | 'lost' | 'killed' | 'killed before it is sent'

interface Tab extends Page<App> {
  readonly notes: ReturnType<App['collection']>
  readonly authors: ReturnType<App['collection']>
  pending(): number
  faults(): App['faults']['open$']['value']
}

/** A device with its storage, on which one tab at a time is open. */
interface Device extends Stage {
  /** Method and path of each request that left it since the last call. */
  requests(): string[]
  open(more?: Partial<OpenRestOptions>): Promise<Tab>
  /** Nothing is quiet before the call has ended. */
  until<T>(call: Promise<T>): Promise<T>
  /** The next request of that method ends so. */
  endNext(method: string, ending: Ending): void
}

/** Other devices make other ids. */
let seed = 100

export function deviceOn(kind: ServerKind, api: ServedApi, cookies?: Map<string, string>): Device {
  let underWay = 0
  const stage = makeStage({
    held: () => 0,
    alsoUnderWay: () => underWay,
    release() {},
    stop: () => Promise.resolve(),
    seed: seed++,
  })
  const requests: string[] = []
  const endings: { method: string; ending: Ending }[] = []

  /** The browser's part: its cookies, and the ends that it is told. */
  async function carry(request: Request, send: typeof fetch, kill: () => void): Promise<Response> {
    const at = endings.findIndex(({ method }) => method === request.method)
    const ending = at < 0 ? undefined : endings.splice(at, 1)[0]!.ending
    const never = (): Promise<Response> => {
      kill()
      return new Promise(() => undefined)
    }
    if (ending === 'killed before it is sent') return never()
    if (ending === 'not sent') throw new TypeError('Failed to fetch')
    if (cookies && request.credentials === 'include') request.headers.set('cookie', cookieHeader(cookies))
    const response = await send(request)
    if (ending === 'killed') return never()
    if (ending === 'lost') throw new TypeError('Failed to fetch')
    if (cookies) takeCookies(response, cookies)
    return response
  }

  return {
    ...stage,
    requests: () => requests.splice(0),
    until: (call) => (underWay++, call.finally(() => underWay--)),
    endNext: (method, ending) => void endings.push({ method, ending }),
    async open(more) {
      const page = stage.openPage(
        (platform) =>
          openRest({
            url: api.url,
            account: 'ann',
            collections: kind.collections,
            ...(!more?.session && api.options()),
            ...more,
            platform: {
              ...platform,
              fetch: (input, init) => carry(new Request(input, init), platform.fetch!, () => page.kill()),
            },
          }) as unknown as App,
        ({ method, url }) => void requests.push(`${method} ${url.slice(api.url.length).replace(/\/?(\?.*)?$/, '')}`),
      )
      await stage.quiet()
      const { app } = page
      return Object.assign(page, {
        notes: app.collection('notes'),
        authors: app.collection('authors'),
        pending: () => app.status$.value.pending,
        faults: () => app.faults.open$.value,
      }) as Tab
    },
  }
}

/** Longer than any wait of the sender for an answer, and for a copy of a request. */
const longMs = 300_000

export function recordScenarios<S extends ServedApi>(kind: ServerKind<S>): void {
  const { ref, refuses, cookies, newToken, forms, paged, leftOut } = kind
  let api: S

  if (kind.isSlow) {
    beforeAll(async () => void (api = await kind.start()))
    afterAll(() => api.stop())
  }
  beforeEach(async (context) => {
    if (!kind.isSlow) {
      api = await kind.start()
      context.onTestFinished(() => api.stop())
    }
    for (const name of ['notes', 'authors'] as const)
      for (const { id } of await api.all(name)) await api.ask('DELETE', `${name}/${id as string}`)
  })

  const device = (jar?: Map<string, string>): Device => deviceOn(kind as unknown as ServerKind, api, jar)
  async function offline(): Promise<{ there: Device; tab: Tab }> {
    const there = device()
    const tab = await there.open()
    tab.platform.connectivity.set(false)
    return { there, tab }
  }
  const writes = (there: Device): string[] => there.requests().filter((one) => !one.startsWith('GET'))
  /** A case that needs something of the server. */
  function when<T>(ability: T | undefined, what: string, name: string, run: (ability: T) => Promise<void>): void {
    if (ability !== undefined) return it(name, () => run(ability))
    it.skip(`${name} [left out: ${leftOut[what] ?? 'no reason is given'}]`, () => undefined)
  }

  describe('offline', () => {
    it('a creation, three changes and a deletion cost no request', async () => {
      const { there, tab } = await offline()
      const { recordId: id } = await tab.notes.create({ title: 'Milk' })
      for (const title of ['Oat milk', 'Soy milk', 'Rice milk']) await tab.notes.update(id, { title })
      const deleted = await tab.notes.delete(id)
      await there.reconnect(tab)
      expect(await deleted.settled).toMatchObject({ outcome: 'accepted', value: null })
      expect(there.requests()).toEqual([])
      expect(await api.all('notes')).toEqual([])
    })

    it.each(['notes', 'authors'] as const)(
      'a creation and changes of %s cost one request, over a restart',
      async (name) => {
        const { there, tab } = await offline()
        const property = name === 'notes' ? 'title' : 'name'
        const made = await tab[name].create({ [property]: 'Milk' })
        for (const value of ['Oat milk', 'Soy milk']) await tab[name].update(made.recordId, { [property]: value })
        tab.kill()
        const next = await there.open()
        await there.quiet()
        expect(writes(there)).toHaveLength(1)
        expect(await api.all(name)).toMatchObject([{ [property]: 'Soy milk' }])
        expect(await next.app.settlement(made.id)).toMatchObject({
          outcome: 'accepted',
          value: { [property]: 'Soy milk' },
        })
      },
    )
  })

  describe('a creation whose end nobody knows', () => {
    const endings = ['not sent', 'lost', 'killed', 'killed before it is sent'] as const

    it.each(endings)('of a record that the device names is made once: %s', async (ending) => {
      const there = device()
      let tab = await there.open()
      there.endNext(kind.collections.notes.create ?? 'POST', ending)
      const made = await there.after(tab.notes.create({ title: 'Milk' }))
      if (tab.dead) tab = await there.open()
      await there.advance(longMs)
      expect(await tab.app.settlement(made.id)).toMatchObject({ outcome: 'accepted', value: { title: 'Milk' } })
      expect(await api.all('notes')).toMatchObject([{ id: made.recordId, title: 'Milk' }])
      expect(tab.faults()).toEqual([])
    })

    for (const mode of ['by-key', 'by-find', 'never'] as const)
      for (const ending of endings)
        when(kind.modes[mode], mode, `of a record that the server names is not made twice, ${mode}: ${ending}`, (own) =>
          once(mode, ending, own),
        )

    async function once(mode: CreationMode, ending: Ending, own: object): Promise<void> {
      const { notes, authors } = kind.collections
      const { ids, path, list } = authors
      const collections = {
        notes,
        authors: { ids, ...(path !== undefined && { path }), ...(list && { list }), ...own },
      }
      const there = device()
      // There is one with a key already, without which json-server cannot filter by it.
      await there.after((await there.open({ collections })).authors.create({ name: 'Zoe' }))
      let tab = await there.open({ collections })
      there.endNext('POST', ending)
      const made = await there.after(tab.authors.create({ name: 'Ann' }))
      if (tab.dead) tab = await there.open({ collections })
      await there.advance(longMs)
      const isThere = ending === 'lost' || ending === 'killed'
      const there$ = (await api.all('authors')).filter(({ name }) => name === 'Ann')
      // The list shows a record that was not here before, and has all that was sent.
      if (mode === 'never' && !isThere) {
        expect(there$).toEqual([])
        expect(tab.faults()).toMatchObject([{ kind: 'unknown', op: 'create', mine: { name: 'Ann' } }])
        return
      }
      expect(await tab.app.settlement(made.id)).toMatchObject({ outcome: 'accepted', value: { name: 'Ann' } })
      expect(there$).toHaveLength(1)
      expect(tab.faults()).toEqual([])
    }
  })

  describe('records that name each other', () => {
    when(
      refuses,
      'refuses',
      'a refused parent holds its three children, and takes none along; amended, all go out',
      async ({ name }) => {
        const { there, tab } = await offline()
        const author = await tab.authors.create({ name })
        const notes = []
        for (const title of ['a', 'b', 'c']) notes.push(await tab.notes.create({ title, [ref]: author.recordId }))
        await there.reconnect(tab)
        expect(await api.all('notes')).toEqual([])
        const [root, ...children] = [...tab.faults()].sort((one) =>
          one.op === 'create' && one.kind === 'validation' ? -1 : 1,
        )
        expect(root).toMatchObject({ kind: 'validation', collection: 'authors', offending: ['name'] })
        expect(children).toMatchObject(Array(3).fill({ kind: 'dependency', collection: 'notes', causedBy: root!.id }))
        await there.after(tab.app.faults.amend(root!.id, { name: 'Ann' }))
        // Those that have not gone out with it.
        for (const { id } of tab.faults()) await there.after(tab.app.faults.retry(id))
        await there.advance(longMs)
        const [{ id } = {}] = await api.all('authors')
        const made = await api.all('notes')
        expect(new Set(made.map(({ title }) => title))).toEqual(new Set(['a', 'b', 'c']))
        expect(made.map((note) => note[ref])).toEqual([id, id, id])
        expect(tab.faults()).toEqual([])
        expect(tab.pending()).toBe(0)
      },
    )

    it('children are deleted before their parent', async () => {
      const there = device()
      const tab = await there.open()
      const author = await there.after(tab.authors.create({ name: 'Ann' }))
      const notes = []
      for (const title of ['a', 'b', 'c'])
        notes.push((await there.after(tab.notes.create({ title, [ref]: author.recordId }))).recordId)
      expect(await api.all('notes')).toHaveLength(3)
      tab.platform.connectivity.set(false)
      for (const id of notes) await tab.notes.delete(id)
      await tab.authors.delete(author.recordId)
      there.requests()
      await there.reconnect(tab)
      await there.advance(longMs)
      expect(await api.all('notes')).toEqual([])
      expect(await api.all('authors')).toEqual([])
      const deletions = writes(there)
      expect(deletions).toHaveLength(4)
      expect(deletions.slice(0, 3).sort()).toEqual(notes.map((id) => `DELETE notes/${id}`).sort())
      expect(tab.faults()).toEqual([])
      expect(tab.pending()).toBe(0)
    })
  })

  describe('two devices', () => {
    /** Both have the note, and are offline. */
    async function both(): Promise<{ id: string; one: Device; other: Device; first: Tab; second: Tab }> {
      const [one, other] = [device(), device()]
      const [first, second] = [await one.open(), await other.open()]
      const { recordId: id } = await one.after(first.notes.create({ title: 'Milk', text: 'a' }))
      await other.after(second.notes.record(id).refresh())
      for (const tab of [first, second]) tab.platform.connectivity.set(false)
      return { id, one, other, first, second }
    }

    it('that change different properties both keep their change', async () => {
      const { id, one, other, first, second } = await both()
      await first.notes.update(id, { title: 'Oat milk' })
      await second.notes.update(id, { text: 'b' })
      await one.reconnect(first)
      await other.reconnect(second)
      expect(await api.all('notes')).toMatchObject([{ id, title: 'Oat milk', text: 'b' }])
      expect([...first.faults(), ...second.faults()]).toEqual([])
      expect(await second.notes.get(id)).toMatchObject({ title: 'Oat milk', text: 'b' })
    })

    it('that change one property: the later one is asked', async () => {
      const { id, one, other, first, second } = await both()
      await first.notes.update(id, { title: 'Oat milk' })
      await second.notes.update(id, { title: 'Soy milk' })
      await one.reconnect(first)
      await other.advance(61_000)
      await other.reconnect(second)
      expect(await api.all('notes')).toMatchObject([{ id, title: 'Oat milk' }])
      const [fault] = second.faults()
      expect(fault).toMatchObject({ kind: 'conflict', mine: { title: 'Soy milk' }, theirs: { title: 'Oat milk' } })
      await other.after(second.app.faults.retry(fault!.id))
      expect(await api.all('notes')).toMatchObject([{ id, title: 'Soy milk' }])
    })

    it('one deletes what the other changes: the change ends as gone, and the deletion stands', async () => {
      const { id, one, other, first, second } = await both()
      await first.notes.delete(id)
      const changed = await second.notes.update(id, { title: 'Soy milk' })
      await one.reconnect(first)
      await other.advance(61_000)
      await other.reconnect(second)
      expect(await api.all('notes')).toEqual([])
      expect(await changed.settled).toMatchObject({ outcome: 'rejected', fault: { kind: 'gone', op: 'update' } })
      expect(await second.notes.get(id)).toBeNull()
    })
  })

  describe('the session', () => {
    when(
      cookies,
      'cookies',
      'of an expired cookie ends no edit, and takes nothing back',
      async ({ logIn, end, options }) => {
        const jar = await logIn(api)
        const there = device(jar)
        const tab = await there.open({ credentials: 'include', ...options(jar) })
        const made = await there.after(tab.notes.create({ title: 'Milk' }))
        expect(await made.settled).toMatchObject({ outcome: 'accepted' })
        await end(api, jar)
        const edits = [
          await tab.notes.update(made.recordId, { title: 'Oat milk' }),
          await tab.notes.create({ title: 'Tea' }),
        ]
        await there.quiet()
        expect(tab.app.session$.value).toMatchObject({ state: 'expired', account: 'ann' })
        expect(tab.pending()).toBe(2)
        expect(tab.faults()).toEqual([])
        expect(await tab.notes.get(made.recordId)).toMatchObject({ title: 'Oat milk' })
        expect(await tab.notes.get(edits[1]!.recordId)).toMatchObject({ title: 'Tea' })
        for (const [name, value] of await logIn(api)) jar.set(name, value)
        await there.after(tab.app.flush())
        for (const edit of edits) expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
        expect(new Set((await api.all('notes')).map(({ title }) => title))).toEqual(new Set(['Oat milk', 'Tea']))
      },
    )

    when(newToken, 'newToken', 'whose token the server has ended goes on with a new one', async (renew) => {
      let token = await renew(api)
      const asked: (string | undefined)[] = []
      const there = device()
      const tab = await there.open({
        async token(_account, refused) {
          asked.push(refused)
          return refused === undefined ? token : (token = await there.until(renew(api)))
        },
      })
      const made = await there.after(tab.notes.create({ title: 'Milk' }))
      const old = token
      await renew(api)
      const changed = await there.after(tab.notes.update(made.recordId, { title: 'Oat milk' }))
      await there.advance(longMs)
      expect(await changed.settled).toMatchObject({ outcome: 'accepted', value: { title: 'Oat milk' } })
      expect(asked.filter((one) => one !== undefined)).toEqual([old])
      expect(tab.app.session$.value).toMatchObject({ state: 'signed-in' })
    })
  })

  describe('answers', () => {
    for (const form of [
      'envelopes',
      'a write is answered with 204',
      'a write is answered with a part of the record',
    ] as const)
      when(forms[form], form, `${form}: a record lives its life`, async ({ start, collections }) => {
        if (start) {
          const other = await start()
          onTestFinished(() => other.stop())
          api = other
        }
        const there = device()
        const tab = await there.open({ collections: collections(kind.collections) })
        const made = await there.after(tab.notes.create({ title: 'Milk' }))
        expect(await made.settled).toMatchObject({ outcome: 'accepted', value: { title: 'Milk' } })
        const changed = await there.after(tab.notes.update(made.recordId, { title: 'Oat milk' }))
        expect(await changed.settled).toMatchObject({ outcome: 'accepted', value: { title: 'Oat milk' } })
        const deleted = await there.after(tab.notes.delete(made.recordId))
        expect(await deleted.settled).toMatchObject({ outcome: 'accepted', value: null })
        expect(tab.faults()).toEqual([])
      })

    when(refuses, 'refuses', 'a refusal names the property at fault', async ({ title }) => {
      const there = device()
      const tab = await there.open()
      const made = await there.after(tab.notes.create({ title, text: 'a' }))
      expect(await made.settled).toMatchObject({
        outcome: 'rejected',
        fault: { kind: 'validation', op: 'create', offending: ['title'] },
      })
      expect(await tab.notes.get(made.recordId)).toMatchObject({ title })
    })

    it('of a path that the server has not end no edit, and hold it as a setting that is wrong', async () => {
      const there = device()
      const wrong = { ...kind.collections, notes: { ...kind.collections.notes, path: 'notices/' } }
      const tab = await there.open({ collections: wrong })
      const made = await there.after(tab.notes.create({ title: 'Milk' }))
      expect(tab.pending()).toBe(1)
      expect(tab.faults()).toEqual([])
      expect(tab.app.status$.value.failure).toMatchObject({ kind: 'configuration', reason: 'address', status: 404 })
      await tab.close()
      const right = await there.open()
      await there.advance(longMs)
      expect(await right.app.settlement(made.id)).toMatchObject({ outcome: 'accepted' })
    })

    when(paged, 'paged', 'a list by pages has every record', async (own) => {
      const titles = ['a', 'b', 'c', 'd', 'e']
      const there = device()
      const tab = await there.open()
      for (const title of titles) await there.after(tab.notes.create({ title }))
      const collections = { ...kind.collections, notes: { ...kind.collections.notes, ...own } }
      const { token } = api.options()
      const notes = restEndpoints({ url: api.url, collections, ...(token && { token }) }).notes!
      const found: string[] = []
      let pages = 0
      for (let next; pages === 0 || next !== undefined; pages++) {
        const page = await notes.list!(
          { collection: 'notes', limit: 2, ...(next !== undefined && { next }) },
          requestContext(fetch),
        )
        if (!page.ok) throw new Error(page.failure.message)
        found.push(...page.records.map(({ record }) => record.title as string))
        next = page.next
      }
      expect(found.sort()).toEqual(titles)
      expect(pages).toBe(3)
    })
  })
}
