/* Pulls of collections over a real server: whole lists, pages, cursors, deletions, and lanes in each state (R7, R23). */
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Row } from '../../src/rest/index.js'
import { byCursor, listWorld, make, oldMs, waiting } from '../support/list-world.js'

describe('a whole list', () => {
  it('is pulled when somebody observes it, shown, and kept for the next start', async () => {
    const { server, stage, lists, open } = await listWorld()
    for (const title of ['Milk', 'Bread']) make(server, { title })
    const tab = await open(undefined)
    expect(lists()).toEqual([])
    expect(tab.notes.pull$.value).toEqual({ state: 'never' })
    await tab.watch()
    expect(lists()).toEqual(['GET notes'])
    expect(tab.titles).toEqual(['Milk', 'Bread'])
    expect(tab.frames.at(-1)).toMatchObject([{ state: 'confirmed' }, { state: 'confirmed' }])
    expect(tab.notes.pull$.value).toMatchObject({ state: 'idle', received: 2, atMs: stage.clock.now() })
    tab.kill()
    const next = await open(undefined)
    await next.watch()
    // It is not old yet.
    expect(lists()).toEqual([])
    expect(next.titles).toEqual(['Milk', 'Bread'])
    expect(next.notes.pull$.value).toMatchObject({ state: 'idle' })
  })

  it('is read page by page where a `Link` names the next one', async () => {
    const { server, lists, open } = await listWorld()
    for (let at = 0; at < 120; at++) make(server, { title: `Note ${at}` })
    const tab = await open(undefined)
    await tab.watch()
    expect(tab.titles).toHaveLength(120)
    expect(tab.titles!.slice(-1)).toEqual(['Note 119'])
    expect(lists()).toHaveLength(3)
    expect(tab.notes.pull$.value).toMatchObject({ received: 120 })
  })

  it('is pulled again when it is old: visible, online, and by `refresh()`; a pull that changes nothing writes one row', async () => {
    const { server, stage, lists, open } = await listWorld()
    make(server, { title: 'Milk' })
    const tab = await open(undefined)
    await tab.watch()
    lists()
    const shown = tab.frames.at(-1)
    const before = await stage.rows()
    await stage.advance(oldMs - 1)
    tab.platform.visibility.happen('show')
    await stage.quiet()
    expect(lists()).toEqual([])
    await stage.advance(2)
    tab.platform.visibility.happen('show')
    await stage.quiet()
    expect(lists()).toEqual(['GET notes'])
    expect(tab.frames.at(-1)).toBe(shown)
    const after = await stage.rows()
    const changed = Object.entries(after).flatMap(([table, rows]) =>
      rows.filter((row) => !before[table]!.some((one) => isDeepStrictEqual(one, row))),
    )
    expect(changed).toEqual([expect.objectContaining({ key: 'cursor:["ann","notes"]', atMs: stage.clock.now() })])
    expect(Object.values(after).flat()).toHaveLength(Object.values(before).flat().length)
    make(server, { title: 'Bread' })
    await stage.after(tab.notes.refresh())
    expect(lists()).toEqual(['GET notes'])
    expect(tab.titles).toEqual(['Milk', 'Bread'])
    await stage.advance(oldMs + 1)
    tab.platform.connectivity.set(false)
    tab.platform.visibility.happen('show')
    await stage.quiet()
    expect(lists()).toEqual([])
    await stage.reconnect(tab)
    expect(lists()).toEqual(['GET notes'])
  })

  it('is pulled by a `refresh()` that waited for a pull under way, also where the page was shown meanwhile', async () => {
    const { server, stage, lists, open } = await listWorld()
    make(server, { title: 'Milk' })
    const tab = await open(undefined)
    server.control.rules.add({ match: { method: 'GET', path: '/notes' }, action: { do: 'hold-answer' } })
    await tab.watch()
    tab.platform.visibility.happen('show')
    make(server, { title: 'Bread' })
    const refreshing = Promise.all([tab.notes.refresh(), tab.notes.refresh()])
    await stage.quiet()
    server.control.release()
    await stage.quiet()
    await refreshing
    expect(tab.titles).toEqual(['Milk', 'Bread'])
    // Both calls share one pull.
    expect(lists()).toEqual(['GET notes', 'GET notes'])
  })

  it('is not pulled in a hidden page, nor where nobody observes it', async () => {
    const { stage, lists, open } = await listWorld()
    const tab = await open(undefined)
    tab.platform.visibility.happen('hide')
    await tab.watch()
    expect(lists()).toEqual([])
    tab.platform.visibility.happen('show')
    await stage.quiet()
    expect(lists()).toEqual(['GET notes'])
  })

  it('is put off by the wait of all requests, but not beyond its maximum when the clock is set back', async () => {
    const { server, stage, lists, open } = await listWorld()
    const id = make(server, { title: 'Milk' })
    const tab = await open(undefined)
    const busy = { do: 'too-many-requests', retryAfter: 60 } as const
    server.control.rules.add({ match: { method: ['PUT', 'PATCH'] }, action: busy })
    await stage.after(tab.notes.update(id, { title: 'Oat milk' }))
    lists()
    await tab.watch()
    expect(lists()).toEqual([])
    stage.clock.jump(-365 * 86_400_000)
    tab.platform.visibility.happen('show')
    await stage.quiet()
    expect(lists()).toEqual(['GET notes'])
    expect(tab.notes.pull$.value).toMatchObject({ state: 'idle', received: 1 })
  })

  it('takes out the records that it does not name, and calls none of them absent', async () => {
    const { server, stage, open } = await listWorld()
    const ids = ['Milk', 'Bread', 'Tea'].map((title) => make(server, { title }))
    const tab = await open(undefined)
    await tab.watch()
    await stage.advance(60_000)
    server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
    await waiting(tab.notes, ids[1]!, { title: 'Rye' })
    await stage.quiet()
    server.control.delete('notes', ids[0]!)
    server.control.delete('notes', ids[1]!)
    await stage.after(tab.notes.refresh())
    expect(tab.titles).toEqual(['Rye', 'Tea', 'Held'])
    // No longer known, which is not to say that it does not exist.
    expect(await tab.notes.get(ids[0]!)).toBeUndefined()
    // Something is pending: it is kept.
    expect(tab.frames.at(-1)![0]).toMatchObject({ id: ids[1], state: 'pending' })
  })

  it('takes out a record of which a request was lost long ago', async () => {
    const { server, stage, open } = await listWorld()
    const ids = ['Milk', 'Bread'].map((title) => make(server, { title }))
    const tab = await open(undefined)
    await tab.watch()
    server.control.rules.add({ match: { method: ['PUT', 'PATCH'] }, action: { do: 'captive-portal' }, times: 1 })
    const { settled } = await stage.after(tab.notes.update(ids[0]!, { title: 'Oat milk' }))
    await stage.advance(60_000)
    expect(await settled).toMatchObject({ outcome: 'accepted' })
    server.control.delete('notes', ids[0]!)
    await stage.after(tab.notes.refresh())
    expect(tab.titles).toEqual(['Bread'])
  })

  it('that names none of more than ten rows is asked a second time before it is believed', async () => {
    const { server, stage, lists, open } = await listWorld()
    const ids = Array.from({ length: 11 }, (_, at) => make(server, { title: `${at}` }))
    const tab = await open(undefined)
    await tab.watch()
    lists()
    for (const id of ids) server.control.delete('notes', id)
    await stage.after(tab.notes.refresh())
    expect(lists()).toEqual(['GET notes', 'GET notes'])
    expect(tab.titles).toEqual([])
  })
})

describe('a list by cursors', () => {
  it('asks for what has changed since the first page of the last pull, and takes what is gone', async () => {
    const { server, stage, lists, open } = await listWorld()
    const ids = ['Milk', 'Bread', 'Tea'].map((title) => make(server, { title }))
    const tab = await open(byCursor)
    await tab.watch()
    expect(lists()).toEqual(['GET notes?since=&limit=500'])
    server.control.update('notes', ids[0]!, { title: 'Oat milk' })
    server.control.delete('notes', ids[1]!)
    await stage.after(tab.notes.refresh())
    const [asked] = lists()
    expect(asked).toMatch(/^GET notes\?since=\w+-\d+&limit=500$/)
    expect(tab.titles).toEqual(['Oat milk', 'Tea'])
    expect(await tab.notes.get(ids[1]!)).toBeNull()
    expect(tab.notes.pull$.value).toMatchObject({ received: 1 })
    tab.kill()
    const next = await open(byCursor)
    await next.watch()
    await stage.after(next.notes.refresh())
    expect(lists()[0]).toMatch(/since=\w+-\d+/)
  })

  it('begins from nothing in a release of the app that migrates: bases of another shape are read again (R26)', async () => {
    const { server, stage, lists, open } = await listWorld()
    make(server, { title: 'Milk' })
    const tab = await open(byCursor)
    await tab.watch()
    tab.kill()
    lists()
    const migrate = { version: 1, patch: (_: string, patch: object) => ({ ...patch }) }
    const next = await open(byCursor, { migrate })
    await next.watch()
    expect(lists()).toEqual(['GET notes?since=&limit=500'])
    await stage.after(next.notes.refresh())
    expect(lists()[0]).toMatch(/since=\w+-\d+/)
  })

  it('begins from nothing where the server does not know the cursor any more', async () => {
    const { server, stage, lists, open } = await listWorld()
    make(server, { title: 'Milk' })
    const tab = await open(byCursor)
    await tab.watch()
    lists()
    const gone = make(server, { title: 'Gone' })
    server.control.delete('notes', gone)
    make(server, { title: 'Bread' })
    server.control.forgetDeleted()
    await stage.after(tab.notes.refresh())
    expect(lists().map((one) => /since=(?=\w)/.test(one))).toEqual([true, false])
    expect(tab.titles).toEqual(['Milk', 'Bread'])
  })

  it('forgets the cursor with the rows: at a logout, and where the list is another one', async () => {
    const { server, stage, lists, open } = await listWorld()
    make(server, { title: 'Milk' })
    const tab = await open(byCursor)
    await tab.watch()
    expect(tab.titles).toEqual(['Milk'])
    await stage.after(tab.app.session.leave())
    lists()
    await stage.after(tab.app.session.use('ann'))
    expect(lists()).toEqual(['GET notes?since=&limit=500'])
    expect(tab.titles).toEqual(['Milk'])
    tab.kill()
    const other = await open({ ...byCursor, query: (since, limit) => ({ limit, since: (since as string) ?? '' }) })
    await other.watch()
    expect(lists()).toEqual(['GET notes?limit=500&since='])
  })
})

describe('a pull over a lane', () => {
  it('that waits shows the pending edit over what came', async () => {
    const { server, stage, open } = await listWorld()
    const id = make(server, { title: 'Milk', text: 'old' })
    const tab = await open(undefined)
    await tab.watch()
    server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
    await waiting(tab.notes, id, { title: 'Mine' })
    await stage.quiet()
    server.control.update('notes', id, { text: 'theirs' })
    await stage.after(tab.notes.refresh())
    expect(tab.frames.at(-1)).toMatchObject([{ value: { title: 'Mine', text: 'theirs' }, state: 'pending' }, {}])
  })

  it('whose request is under way leaves the record as it is, and asks again', async () => {
    const { server, stage, lists, open } = await listWorld()
    const id = make(server, { title: 'Milk' })
    const tab = await open(byCursor)
    await tab.watch()
    lists()
    await stage.advance(60_000)
    server.control.rules.add({ match: { method: 'PATCH' }, times: 1, action: { do: 'hold' } })
    await tab.notes.update(id, { title: 'Mine' })
    await stage.quiet()
    make(server, { title: 'Bread' })
    server.control.update('notes', id, { text: 'theirs' })
    await stage.after(tab.notes.refresh())
    expect(tab.titles).toEqual(['Mine', 'Bread'])
    const cursor = lists()[0]
    server.control.release()
    await stage.quiet()
    await stage.advance(20_000)
    // From the same place: the cursor stayed before what was left out.
    expect(lists()[0]).toBe(cursor)
    expect(tab.titles).toEqual(['Mine', 'Bread'])
    for (const rows of tab.frames) expect(rows.map(({ value }) => value.title)).not.toContain('undefined')
  })

  it('is asked for again soon, also after an app has asked several times at once', async () => {
    const { server, stage, open } = await listWorld()
    const id = make(server, { title: 'Milk' })
    const tab = await open(byCursor)
    await tab.watch()
    await stage.advance(60_000)
    await tab.notes.update(id, { title: 'Mine' })
    await stage.quiet()
    server.control.update('notes', id, { title: 'Theirs' })
    // The list may be older than the answer of just now.
    for (let times = 0; times < 4; times++) await stage.after(tab.notes.refresh())
    expect(tab.titles).toEqual(['Mine'])
    await stage.advance(12_000)
    expect(tab.titles).toEqual(['Theirs'])
  })

  it('never shows an older value after a newer one, though the list lags behind the record', async () => {
    const { server, stage, open } = await listWorld()
    const id = make(server, { title: 'Milk' })
    const tab = await open(undefined)
    await tab.watch()
    const old = server.control.all('notes')
    await stage.advance(60_000)
    await tab.notes.update(id, { title: 'Mine' })
    await stage.quiet()
    server.control.rules.add({
      match: { method: 'GET', path: '/notes' },
      times: 1,
      action: { do: 'answer', body: old },
    })
    await stage.after(tab.notes.refresh())
    expect(tab.titles).toEqual(['Mine'])
  })
})

describe('a record that the server names', () => {
  const withAuthors = async () => {
    const world = await listWorld()
    const open = async () => {
      const tab = await world.open(undefined)
      const frames: (readonly Row[])[] = []
      const authors = tab.app.collection('authors')
      authors.all$.subscribe((rows) => rows && frames.push(rows))
      await world.stage.quiet()
      return { ...tab, authors, seen: frames, names: () => frames.at(-1)!.map(({ value }) => value.name) }
    }
    return { ...world, open }
  }

  it('is never two rows, though the tab dies between the request and its answer, and pulls at its next start', async () => {
    const { server, stage, open } = await withAuthors()
    const tab = await open()
    server.control.rules.add({ match: { method: 'POST' }, action: { do: 'hold-answer' } })
    await tab.authors.create({ name: 'Ann' })
    await stage.quiet()
    expect(server.control.all('authors')).toHaveLength(1)
    tab.kill()
    server.control.release()
    server.control.create('authors', { name: 'Bob' })
    await stage.advance(oldMs + 1)
    server.control.rules.add({ match: { method: 'POST' }, action: { do: 'hold' } })
    const next = await open()
    await stage.quiet()
    server.control.release()
    await stage.advance(60_000)
    expect(next.names()).toEqual(['Ann', 'Bob'])
    for (const rows of next.seen) expect(rows.filter(({ value }) => value.name === 'Ann').length).toBeLessThan(2)
    expect(server.control.all('authors')).toHaveLength(2)
  })

  it('that another device made is left out while a creation is in doubt, and taken when that has settled', async () => {
    const { server, stage, open } = await withAuthors()
    const tab = await open()
    server.control.rules.add({ match: { method: 'POST' }, action: { do: 'hold' } })
    await tab.authors.create({ name: 'Ann' })
    await stage.quiet()
    server.control.create('authors', { name: 'Bob' })
    await stage.after(tab.authors.refresh())
    expect(tab.names()).toEqual(['Ann'])
    server.control.release()
    await stage.quiet()
    expect(tab.names()).toEqual(['Ann', 'Bob'])
  })

  it('that another device made is taken at once, where the creation settles while the pull that left it out goes on', async () => {
    const { server, stage, open } = await withAuthors()
    const tab = await open()
    server.control.rules.add({ match: { method: 'POST' }, action: { do: 'hold' } })
    await tab.authors.create({ name: 'Ann' })
    await stage.quiet()
    for (let at = 0; at < 110; at++) server.control.create('authors', { name: `Author ${at}` })
    for (const action of ['pass', 'hold-answer', 'hold-answer'] as const)
      server.control.rules.add({ match: { method: 'GET', path: '/authors' }, action: { do: action } })
    const pulling = tab.authors.refresh()
    await stage.quiet()
    expect(tab.names()).toEqual(['Ann'])
    server.control.release()
    await stage.quiet()
    // The creation has settled, and the last page is not here yet.
    expect(tab.app.status$.value.pending).toBe(0)
    server.control.release()
    await stage.quiet()
    await pulling
    expect(tab.names()).toHaveLength(111)
  })
})

describe('a read of a record that the server names (R19)', () => {
  const withAuthors = async () => {
    const world = await listWorld()
    const tab = await world.open(undefined)
    const authors = tab.app.collection('authors')
    const seen: (readonly Row[])[] = []
    authors.all$.subscribe((rows) => rows && seen.push(rows))
    await world.stage.quiet()
    return { ...world, tab, authors, seen, names: () => seen.at(-1)!.map(({ value }) => value.name) }
  }

  it('is not taken while it may be the one of a creation under way: it is never two rows', async () => {
    const { server, stage, authors, seen, names } = await withAuthors()
    server.control.rules.add({ match: { method: 'POST' }, action: { do: 'hold-answer' } })
    const made = await authors.create({ name: 'Ann' })
    await stage.quiet()
    const [{ id }] = server.control.all('authors') as [{ id: number }]
    const reading = authors.record(id).refresh()
    await stage.advance(5_000)
    expect(await reading).toMatchObject({ name: 'Ann' })
    expect(names()).toEqual(['Ann'])
    server.control.release()
    await stage.quiet()
    await stage.after(authors.record(id).refresh())
    expect(names()).toEqual(['Ann'])
    for (const rows of seen) expect(rows.map((row) => row.id)).toEqual(rows.length ? [made.recordId] : [])
    expect((await stage.rows())['records']).toMatchObject([{ id: made.recordId }])
  })

  it('is taken once the creation has settled, of which the read waits for a moment', async () => {
    const { server, stage, authors, names } = await withAuthors()
    server.control.rules.add({ match: { method: 'POST' }, action: { do: 'hold' } })
    await authors.create({ name: 'Ann' })
    await stage.quiet()
    const bob = server.control.create('authors', { name: 'Bob' }) as { id: number }
    const reading = authors.refresh([bob.id])
    await stage.quiet()
    expect(names()).toEqual(['Ann'])
    server.control.release()
    await stage.advance(1_000)
    await reading
    expect(names()).toEqual(['Ann', 'Bob'])
  })

  it('of its own that the app names by the id of the server is the row that there is', async () => {
    const { server, stage, authors, seen, names } = await withAuthors()
    const { recordId } = await stage.after(authors.create({ name: 'Ann' }))
    const [{ id }] = server.control.all('authors') as [{ id: number }]
    server.control.update('authors', `${id}`, { name: 'Anna' })
    await stage.after(authors.refresh([id]))
    expect(names()).toEqual(['Anna'])
    expect(seen.at(-1)).toMatchObject([{ id: recordId, remoteId: id, state: 'confirmed' }])
  })
})

describe('tabs and sessions', () => {
  it('one of two tabs pulls, and both show it', async () => {
    const { server, stage, lists, open } = await listWorld()
    make(server, { title: 'Milk' })
    const [one, two] = [await open(undefined), await open(undefined)]
    server.control.rules.add({ match: { method: 'GET', path: '/notes' }, action: { do: 'hold' } })
    const first = one.watch()
    await first
    await two.watch()
    expect(lists()).toEqual(['GET notes'])
    server.control.release()
    await stage.quiet()
    expect(lists()).toEqual([])
    expect([one.titles, two.titles]).toEqual([['Milk'], ['Milk']])
    expect(two.notes.pull$.value).toMatchObject({ state: 'idle' })
  })

  it('a list that one tab shows is pulled after a login in the other', async () => {
    const { server, stage, lists, open } = await listWorld()
    make(server, { title: 'Milk' })
    const [one, two] = [await open(undefined), await open(undefined)]
    await one.watch()
    await stage.after(two.app.session.leave())
    lists()
    await stage.after(two.app.session.use('bob'))
    expect(lists()).toEqual(['GET notes'])
    expect(one.titles).toEqual(['Milk'])
  })

  it('a list is pulled for an account that logs in while a pull for the one before is under way', async () => {
    const { server, stage, open } = await listWorld()
    make(server, { title: 'Milk' })
    const tab = await open(undefined)
    server.control.rules.add({ match: { method: 'GET', path: '/notes' }, action: { do: 'hold-answer' } })
    await tab.watch()
    await stage.after(tab.app.session.leave())
    await stage.after(tab.app.session.use('bob'))
    expect(tab.titles).toEqual([])
    server.control.release()
    await stage.quiet()
    expect(tab.titles).toEqual(['Milk'])
  })

  it('a tab that is frozen in a pull lets another one pull', async () => {
    const { server, stage, open } = await listWorld()
    make(server, { title: 'Milk' })
    const [one, two] = [await open(undefined), await open(undefined)]
    server.control.rules.add({ match: { method: 'GET', path: '/notes' }, action: { do: 'hold' } })
    await one.watch()
    await two.watch()
    expect(two.titles).toEqual([])
    one.platform.visibility.happen('freeze')
    await stage.quiet()
    expect(two.titles).toEqual(['Milk'])
    expect(one.notes.pull$.value.state).not.toBe('pulling')
    one.platform.visibility.happen('resume')
  })

  it('a page that is answered after a logout and a login is not taken', async () => {
    const { server, stage, open } = await listWorld()
    const old = make(server, { title: 'Old' })
    const tab = await open(undefined)
    server.control.rules.add({ match: { method: 'GET', path: '/notes' }, action: { do: 'hold-answer' } })
    await tab.watch()
    server.control.delete('notes', old)
    await stage.after(tab.app.session.leave())
    await stage.after(tab.app.session.use('bob'))
    server.control.release()
    await stage.quiet()
    for (const rows of tab.frames) expect(rows).toEqual([])
    expect((await stage.rows())['records']).toEqual([])
  })
})

describe('a failed pull', () => {
  it('shows why, and is made again with growing pauses while somebody looks', async () => {
    const { server, stage, lists, open } = await listWorld()
    make(server, { title: 'Milk' })
    server.control.rules.add({ match: { method: 'GET' }, times: 3, action: { do: 'server-error', status: 502 } })
    const tab = await open(undefined)
    await tab.watch()
    expect(tab.notes.pull$.value).toMatchObject({ state: 'failed', failure: { kind: 'server', status: 502 } })
    expect(tab.titles).toEqual([])
    await stage.advance(60_000)
    expect(tab.titles).toEqual(['Milk'])
    expect(lists()).toHaveLength(4)
    expect(tab.notes.pull$.value).toMatchObject({ state: 'idle' })
  })

  it('rejects `refresh()` with its fault; `refresh(ids)` reads those records', async () => {
    const { server, stage, lists, open } = await listWorld()
    const id = make(server, { title: 'Milk' })
    const tab = await open(undefined)
    server.control.rules.add({ match: { method: 'GET' }, action: { do: 'server-error', status: 502 } })
    await expect(stage.after(tab.notes.refresh())).rejects.toMatchObject({ failure: { status: 502 } })
    lists()
    await stage.after(tab.notes.refresh([id]))
    expect(lists()).toEqual([])
    expect(await tab.notes.get(id)).toMatchObject({ title: 'Milk' })
    await tab.watch()
  })
})

describe('a list with `pollMs`', () => {
  const collections = { notes: { ids: 'device', create: 'PUT', pollMs: 60_000 }, authors: { ids: 'server' } } as const

  it('is pulled so often while somebody observes it in a visible page, also after the page was hidden', async () => {
    const { server, stage, lists, open } = await listWorld()
    make(server, { title: 'Milk' })
    const tab = await open(undefined, { collections })
    const watching = tab.notes.all$.subscribe()
    await stage.quiet()
    expect(lists()).toHaveLength(1)
    await stage.advance(180_000)
    expect(lists()).toHaveLength(3)
    tab.platform.visibility.happen('hide')
    await stage.advance(90_000)
    expect(lists()).toEqual([])
    tab.platform.visibility.happen('show')
    await stage.quiet()
    expect(lists()).toHaveLength(1)
    tab.platform.visibility.happen('hide')
    await stage.advance(30_000)
    tab.platform.visibility.happen('show')
    await stage.quiet()
    // It is not old yet.
    expect(lists()).toEqual([])
    await stage.advance(30_000)
    expect(lists()).toHaveLength(1)
    watching.unsubscribe()
    await stage.advance(600_000)
    expect(lists()).toEqual([])
  })

  it('is pulled as often after a `refresh()` that storage has refused, and is not shown as pulling until then', async () => {
    const { server, stage, lists, open } = await listWorld()
    make(server, { title: 'Milk' })
    const tab = await open(undefined, { collections })
    const watching = tab.notes.all$.subscribe()
    await stage.quiet()
    make(server, { title: 'Bread' })
    tab.storage.refuses = (table) => (table === 'records' ? 'UnknownError' : undefined)
    const refused = expect(tab.notes.refresh()).rejects.toMatchObject({ name: 'StorageError' })
    await stage.quiet()
    await refused
    expect(tab.notes.pull$.value).toMatchObject({ state: 'idle', received: 1 })
    tab.storage.refuses = undefined
    lists()
    await stage.advance(60_000)
    expect(lists()).toHaveLength(1)
    expect(tab.notes.pull$.value).toMatchObject({ state: 'idle', received: 2 })
    watching.unsubscribe()
  })

  it('is pulled by one of two tabs each time, and by the other one when that is gone', async () => {
    const { server, stage, lists, open } = await listWorld()
    const [one, two] = [await open(undefined, { collections }), await open(undefined, { collections })]
    await one.watch()
    await two.watch()
    expect(lists()).toHaveLength(1)
    make(server, { title: 'Milk' })
    await stage.advance(60_000)
    expect(lists()).toHaveLength(1)
    expect([one.titles, two.titles]).toEqual([['Milk'], ['Milk']])
    one.kill()
    await stage.advance(120_000)
    expect(lists()).toHaveLength(2)
  })
})

it('a record whose request gets no verdict for hours is asked for ever more seldom, and soon once that has settled', async () => {
  const { server, stage, lists, open } = await listWorld()
  const id = make(server, { title: 'Milk' })
  const tab = await open(byCursor)
  await tab.watch()
  const match = { method: ['PATCH', 'GET'], path: `/notes/${id}` }
  server.control.rules.add({ match, times: 'always', action: { do: 'gateway', status: 502 } })
  await stage.after(tab.notes.update(id, { title: 'Mine' }))
  server.control.update('notes', id, { text: 'theirs' })
  await stage.after(tab.notes.refresh())
  lists()
  await stage.advance(3_600_000)
  expect(lists().length).toBeLessThan(20)
  server.control.rules.clear()
  await stage.after(tab.app.flush())
  await stage.advance(10_000)
  expect(lists()).toHaveLength(1)
  await stage.advance(3_600_000)
  expect(lists()).toEqual([])
  expect(tab.frames.at(-1)).toMatchObject([{ value: { title: 'Mine', text: 'theirs' }, state: 'confirmed' }])
})

it('a list with `maxRecords` drops the records that were not read for the longest time, and none with something pending', async () => {
  const { server, stage, open } = await listWorld()
  const ids = ['a', 'b', 'c', 'd'].map((title) => make(server, { title }))
  const collections = { notes: { ids: 'device', create: 'PUT', maxRecords: 3 }, authors: { ids: 'server' } } as const
  const tab = await open(undefined, { collections })
  await tab.watch()
  expect(tab.titles).toEqual(['b', 'c', 'd'])
  await stage.advance(60_000)
  server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
  await waiting(tab.notes, ids[1]!, { title: 'mine' })
  await stage.quiet()
  await stage.after(tab.notes.refresh())
  expect(tab.titles).toContain('mine')
  expect(tab.titles).toContain('Held')
})

it('a save that storage refuses as full drops pulled rows that nobody observes, with their cursor, and is tried once more', async () => {
  const { server, stage, lists, open } = await listWorld()
  make(server, { title: 'Milk' })
  const first = await open(byCursor)
  await first.watch()
  first.kill()
  lists()
  const tab = await open(byCursor)
  let refused = 0
  tab.storage.refuses = (table) => (table === 'edits' && refused++ === 0 ? 'QuotaExceededError' : undefined)
  await stage.after(tab.app.collection('authors').create({ name: 'Ann' }))
  expect(refused).toBeGreaterThan(1)
  const { records, meta } = await stage.rows()
  expect(records).toMatchObject([{ collection: 'authors' }])
  const [cursor, ...others] = meta!.filter((row) => (row as { key: string }).key.startsWith('cursor:'))
  expect(others).toEqual([])
  expect(cursor).not.toHaveProperty('since')
  await tab.watch()
  expect(lists()).toEqual(['GET notes?since=&limit=500'])
  expect(tab.titles).toEqual(['Milk'])
})

type Tab = Awaited<ReturnType<Awaited<ReturnType<typeof listWorld>>['open']>>

it.each<[string, (tab: Tab) => Promise<unknown>, string[]]>([
  ['a pull of another collection', ({ app }) => app.collection('authors').refresh(), ['stalled']],
  ['a read of another record', ({ notes }) => notes.record('n2').refresh(), ['stalled']],
  ['nothing', () => Promise.resolve(), []],
])(
  'a lane got no verdict for seven days, in which the backend answered %s: the open faults',
  async (_what, ask, kinds) => {
    const { server, stage, open } = await listWorld()
    for (const id of ['n1', 'n2']) server.control.create('notes', { id, title: 'Milk' })
    const tab = await open(undefined)
    await stage.after(tab.notes.record('n1').refresh())
    // Also the reads of that record.
    server.control.rules.add({
      match: { path: '/notes/n1' },
      times: 'always',
      action: { do: 'gateway', status: 502 },
    })
    await stage.after(tab.notes.update('n1', { title: 'Mine' }))
    await stage.advance(300_000)
    stage.clock.jump(6 * 86_400_000)
    await stage.after(ask(tab))
    stage.clock.jump(2 * 86_400_000)
    await stage.advance(300_000)
    expect(tab.app.faults.open$.value.map(({ kind }) => kind)).toEqual(kinds)
  },
)
