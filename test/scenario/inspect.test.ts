/* `inspect()` of a client whose edits are stuck: each cause by its name, from one read, with no value in it. */
import { describe, expect, it } from 'vitest'
import type { LaneReason } from '../../src/index.js'
import { type Client, openRest, type RestOptions } from '../../src/rest/index.js'
import type { Page } from '../support/stage.js'
import { makeRestStage, type RestStage } from '../support/rest-stage.js'

interface Opened extends RestStage {
  page: Page<Client>
  open(more?: Partial<RestOptions>): Promise<Page<Client>>
}

async function opened(more: Partial<RestOptions> = {}): Promise<Opened> {
  const { server, stage } = await makeRestStage()
  const open: Opened['open'] = async (options = {}) => {
    const page = stage.openPage(
      (platform) =>
        openRest({
          url: server.root,
          account: 'ann',
          collections: {
            authors: { ids: 'server' },
            notebooks: { ids: 'device', create: 'PUT' },
            notes: { ids: 'device', create: 'PUT', refs: { authorId: 'authors', notebookId: 'notebooks' } },
          },
          ...options,
          platform,
        }) as Client,
      () => {},
    )
    await stage.quiet()
    return page
  }
  return { server, stage, page: await open(more), open }
}

/** By collection, the reasons of the lanes. */
async function reasons({ app }: Page<Client>): Promise<{ [collection: string]: LaneReason }> {
  const { lanes } = await app.inspect()
  return Object.fromEntries(lanes.map(({ record, reason }) => [record.collection, reason]))
}

const secret = 'low-tide-at-9'

describe('a client with nothing to do', () => {
  it('says who it is, and that nothing waits', async () => {
    const { page } = await opened()
    const inspection = await page.app.inspect()
    expect(inspection).toMatchObject({
      atMs: page.platform.clock.now(),
      session: 'signed-in',
      storage: 'ok',
      isRead: true,
      online: true,
      lanes: [],
      kept: 0,
      faults: [],
    })
    expect(inspection.tab).not.toBe('')
    expect(inspection.pulls.map(({ collection, state }) => [collection, state])).toEqual([
      ['authors', 'never'],
      ['notebooks', 'never'],
      ['notes', 'never'],
    ])
  })

  it('rejects once the client is closed', async () => {
    const { page } = await opened()
    await page.close()
    await expect(page.app.inspect()).rejects.toMatchObject({ name: 'ClosedError' })
  })
})

describe('an edit that waits', () => {
  it('for the network: the tries, and the time of the next', async () => {
    const { server, stage, page } = await opened()
    server.control.rules.add({ action: { do: 'refuse' } })
    await stage.after(page.app.collection('notes').create({ title: secret }))
    const inspection = await page.app.inspect()
    const nextAttemptAtMs = page.app.status$.value.nextAttemptAtMs!
    expect(inspection.lanes).toMatchObject([
      {
        record: { collection: 'notes' },
        edits: [{ op: 'create', properties: ['title'] }],
        tries: 1,
        attempt: { op: 'create', tries: 1, isOpen: false, isUnknown: true },
        reason: { is: 'network', tries: 1, dueAtMs: nextAttemptAtMs },
      },
    ])
    expect(inspection.events.map(({ type }) => type)).toEqual(expect.arrayContaining(['saved', 'sent', 'failed']))
    expect(JSON.stringify(inspection)).not.toContain(secret)
  })

  it('while the browser says offline', async () => {
    const { stage, page } = await opened()
    page.platform.connectivity.set(false)
    await stage.after(page.app.collection('notes').create({ title: 'Milk' }))
    const { lanes, online } = await page.app.inspect()
    expect(online).toBe(false)
    expect(lanes[0]!.reason).toEqual({ is: 'offline', dueAtMs: page.app.status$.value.nextAttemptAtMs })
  })

  it('as long as the server asked', async () => {
    const { server, stage, page } = await opened()
    server.control.rules.add({ action: { do: 'too-many-requests', retryAfter: 40 } })
    await stage.after(page.app.collection('notes').create({ title: 'Milk' }))
    expect(await reasons(page)).toEqual({
      notes: { is: 'asked', tries: 1, dueAtMs: page.platform.clock.now() + 40_000 },
    })
  })

  it('since the server fails for this record, and then for several', async () => {
    const { server, stage, page } = await opened()
    server.control.rules.add({ action: { do: 'server-error' }, times: 'always' })
    await stage.after(page.app.collection('notes').create({ title: 'Milk' }))
    expect(await reasons(page)).toMatchObject({ notes: { is: 'server', tries: 1 } })
    await stage.after(page.app.collection('notebooks').create({ title: 'Home' }))
    expect(await reasons(page)).toMatchObject({ notes: { is: 'failing' }, notebooks: { is: 'failing', tries: 1 } })
  })

  it('for another record to be created, and for a person to decide on that one', async () => {
    const { server, stage, page } = await opened()
    server.control.rules.add({ match: { method: 'POST' }, action: { do: 'refuse' } })
    const author = await stage.after(page.app.collection('authors').create({ name: 'Ann' }))
    await stage.after(page.app.collection('notes').create({ title: 'Milk', authorId: author.recordId }))
    await stage.advance(120_000)
    const { lanes, faults } = await page.app.inspect()
    expect(faults).toMatchObject([{ kind: 'unknown', record: { collection: 'authors', id: author.recordId } }])
    expect(Object.fromEntries(lanes.map(({ record, reason }) => [record.collection, reason]))).toEqual({
      authors: { is: 'in-doubt', faultId: faults[0]!.id },
      notes: { is: 'creation', of: { collection: 'authors', id: author.recordId }, others: 0 },
    })
  })

  it('for edits of another record, by `after`', async () => {
    const { server, stage, page } = await opened()
    server.control.rules.add({ match: { path: '/notebooks/*' }, action: { do: 'server-error' } })
    const notebooks = page.app.collection('notebooks')
    const notebook = await stage.after(notebooks.create({ title: 'Home' }))
    const key = { collection: 'notebooks', id: notebook.recordId }
    await stage.after(page.app.collection('notes').create({ title: 'Milk' }, { after: [key] }))
    expect(await reasons(page)).toMatchObject({
      notebooks: { is: 'server' },
      notes: { is: 'creation', of: key },
    })
  })

  it('for a login, since the session ended', async () => {
    const { server, stage, page } = await opened()
    server.control.rules.add({ action: { do: 'problem', status: 401 } })
    await stage.after(page.app.collection('notes').create({ title: 'Milk' }))
    const { session, lanes } = await page.app.inspect()
    expect(session).toBe('expired')
    expect(lanes[0]!.reason).toMatchObject({ is: 'session-ended', kind: 'auth' })
  })

  it('for an endpoint that this client does not have', async () => {
    const { stage, page, open } = await opened()
    page.platform.connectivity.set(false)
    await stage.after(page.app.collection('notes').create({ title: 'Milk' }))
    await page.close()
    const next = await open({ collections: { authors: { ids: 'server' } } })
    expect(await reasons(next)).toEqual({ notes: { is: 'no-endpoint' } })
  })

  it('for the login of another account: their number, and nothing else of them', async () => {
    const { stage, page } = await opened()
    page.platform.connectivity.set(false)
    await stage.after(page.app.collection('notes').create({ title: 'Milk' }))
    await stage.after(page.app.session.leave({ pending: 'keep' }))
    expect(await page.app.inspect()).toMatchObject({ session: 'signed-out', lanes: [], kept: 1 })
  })

  it('for an answer, and for the tab that has the lease', async () => {
    const { server, stage, page, open } = await opened()
    const other = await open()
    server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
    await stage.after(page.app.collection('notes').create({ title: 'Milk' }))
    const here = await page.app.inspect()
    const there = await other.app.inspect()
    expect(here.lanes[0]!.reason).toMatchObject({ is: 'sending', sinceMs: page.platform.clock.now() })
    expect(here.lease).toMatchObject({ tab: here.tab, isHere: true })
    expect(there.lease).toMatchObject({ tab: here.tab, isHere: false })
    await stage.after(other.app.collection('notebooks').create({ title: 'Home' }))
    server.control.release()
    await stage.quiet()
  })

  it('since its rows are damaged', async () => {
    const { stage, page, open } = await opened()
    page.platform.connectivity.set(false)
    await stage.after(page.app.collection('notes').create({ title: 'Milk' }))
    await page.close()
    await damageEdits(stage.device.indexedDB)
    const next = await open()
    expect(await reasons(next)).toEqual({ notes: { is: 'damaged' } })
  })
})

describe('storage', () => {
  it('without room: an edit that is not on disk waits for it', async () => {
    const { stage, page } = await opened()
    page.platform.connectivity.set(false)
    await stage.after(page.app.collection('notes').create({ title: 'Milk' }))
    page.storage.refuses = () => 'QuotaExceededError'
    await page.app
      .collection('notebooks')
      .create({ title: 'Home' })
      .catch(() => {})
    await stage.quiet()
    expect(await page.app.inspect()).toMatchObject({
      storage: 'full',
      isRead: true,
      lanes: [{ record: { collection: 'notes' }, reason: { is: 'storage', state: 'full' } }],
    })
    page.storage.refuses = undefined
  })

  it('that cannot be opened: the inspection resolves all the same', async () => {
    const { stage } = await makeRestStage()
    const page = stage.openPage(
      (platform) =>
        openRest({
          url: 'http://localhost:1/v1',
          account: 'ann',
          collections: { notes: { ids: 'device', create: 'PUT' } },
          platform: { ...platform, databases: { factory: undefined } },
        }) as Client,
      () => {},
    )
    await stage.quiet()
    expect(await page.app.inspect()).toMatchObject({ storage: 'unavailable', isRead: false, lanes: [], faults: [] })
  })
})

describe('five edits that are stuck at once', () => {
  it('have each its own cause', async () => {
    const { server, stage, page, open } = await opened()
    server.control.rules.add({ match: { method: 'POST' }, action: { do: 'refuse' } })
    const author = await stage.after(page.app.collection('authors').create({ name: 'Ann' }))
    await stage.advance(120_000)
    page.platform.connectivity.set(false)
    const foreign = await stage.after(page.app.collection('notebooks').create({ title: 'Home' }))
    await page.close()
    const next = await open({
      collections: {
        authors: { ids: 'server' },
        notes: { ids: 'device', create: 'PUT', refs: { authorId: 'authors' } },
      },
    })
    const notes = next.app.collection('notes')
    await stage.after(notes.create({ title: 'Held up', authorId: author.recordId }))
    server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'server-error' } })
    const failing = await stage.after(notes.create({ title: 'Failing' }))
    server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
    const slow = await stage.after(notes.create({ title: 'Slow' }))
    const { lanes } = await next.app.inspect()
    const why = Object.fromEntries(lanes.map(({ record, reason }) => [record.id, reason.is]))
    expect(Object.values(why).sort()).toEqual(['creation', 'in-doubt', 'no-endpoint', 'sending', 'server'])
    expect(why).toMatchObject({
      [author.recordId]: 'in-doubt',
      [foreign.recordId]: 'no-endpoint',
      [failing.recordId]: 'server',
      [slow.recordId]: 'sending',
    })
    server.control.release()
    await stage.quiet()
  })
})

/** Writes over the text of each run of edits. */
async function damageEdits(indexedDB: IDBFactory): Promise<void> {
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open(name!)
      opening.onsuccess = () => resolve(opening.result)
      opening.onerror = () => reject(opening.error as Error)
    })
    const transaction = database.transaction('edits', 'readwrite')
    const done = new Promise((resolve) => (transaction.oncomplete = resolve))
    const table = transaction.objectStore('edits')
    const reading = table.openCursor()
    reading.onsuccess = () => {
      const cursor = reading.result
      if (!cursor) return
      cursor.update({ ...(cursor.value as object), edits: '[[[' })
      cursor.continue()
    }
    await done
    database.close()
  }
}
