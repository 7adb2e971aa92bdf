/* The page on records: its samples pass the type checker, and do on the local server what the page says. */
import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { type Client, InvalidEditError, openRest, type OpenRestOptions } from '../../src/rest/index.js'
import { serveRest } from '../server/rest-api.js'
import { turns } from '../support/fake-clock.js'
import { runSample, samplesOf, typeErrors } from '../support/samples.js'

const samples = samplesOf(readFileSync('docs/records.md', 'utf8'))
const sample = (heading: string, place = 0): string => samples.filter((one) => one.heading === heading)[place]!.code
const opening = sample('Open the collections')

it('passes the type checker', { timeout: 60_000 }, () => {
  const given = 'declare const id: string\ndeclare function show(what: unknown): void\n'
  const types = opening.replace(/^const app[^]*/m, '')
  const declared = `${types}
    import type { Client, Collection } from 'holdfast/rest'
    declare const app: Client<{ notebooks: Notebook; notes: Note }>
    declare const notes: Collection<Note>
    declare const notebooks: Collection<Notebook>
  `
  const others = samples.filter(({ code }) => code !== opening)
  expect(others.length).toBeGreaterThan(5)
  expect(typeErrors([opening, ...others.map(({ code }) => `${given}${declared}${code}`)])).toEqual([])
})

async function scene() {
  const server = await serveRest()
  let app!: Client<{ notebooks: { title: string }; notes: { title: string; notebookId?: string | null } }>
  const open = (options: OpenRestOptions): object => {
    const databases = { factory: { indexedDB: new IDBFactory(), IDBKeyRange } }
    app = openRest({ ...options, url: server.root, platform: { databases } }) as never
    onTestFinished(() => app.close())
    return app
  }
  await runSample(opening, { openRest: open })
  const shown: unknown[] = []
  const given = {
    app,
    notes: app.collection('notes'),
    notebooks: app.collection('notebooks'),
    show: (what: unknown) => void shown.push(what),
    InvalidEditError,
  }
  return {
    server,
    app,
    notes: app.collection('notes'),
    shown,
    given,
    run: (code: string, more = {}) => runSample(code, { ...given, ...more }),
  }
}

it('makes, changes and deletes', async () => {
  const { server, shown, run } = await scene()
  await run(sample('Make, change, delete'))
  expect(shown).toEqual(['accepted'])
  expect(server.control.all('notes')).toEqual([])
})

it('shows a record', async () => {
  const { app, notes, shown, run } = await scene()
  const id = notes.newId()
  await run(sample('Show a record'), { id })
  await notes.create({ title: 'Milk' }, { id })
  await notes.delete(id)
  await app.flush()
  expect(shown).toEqual(['not known on this device', 'Milk', 'does not exist'])
})

it('shows a list', async () => {
  const { notes, shown, run } = await scene()
  await run(sample('Show a list'))
  await notes.create({ title: 'Milk' })
  expect(shown.filter((what) => Array.isArray(what)).at(-1)).toEqual(['Milk'])
  expect(shown.filter((what) => typeof what === 'string' && what.endsWith('pending'))).toEqual([])
})

it('pulls a list', async () => {
  const { server, notes, shown, run } = await scene()
  server.control.create('notes', { id: 'n1', title: 'Milk' })
  await run(sample('Pull a list'))
  expect(shown).toEqual([])
  expect(await notes.get('n1')).toMatchObject({ title: 'Milk' })
})

it('says why an edit cannot be', async () => {
  const { notes, shown, run } = await scene()
  const id = notes.newId()
  notes.record(id).value$.subscribe()
  await notes.update(id, { title: 'Milk' })
  await notes.delete(id)
  await run(sample('When an edit cannot be'), { id })
  expect(shown).toEqual(['This note was deleted'])
})

it('mends a refused creation', async () => {
  const { server, app, notes, shown, run } = await scene()
  server.control.failNext({ status: 422, code: 'validation' } as never)
  const refused = await notes.create({ title: 'Milk' })
  expect(await refused.settled).toMatchObject({ outcome: 'rejected' })
  await run(sample('When the backend refuses'))
  expect(shown).toEqual(['accepted'])
  expect(server.control.all('notes')).toMatchObject([{ id: refused.recordId, title: 'Oat milk' }])
  expect(app.faults.open$.value).toEqual([])
})

it('mends a note whose notebook was refused and discarded', async () => {
  const { server, app, notes, given, run } = await scene()
  const notebookId = given.notebooks.newId()
  server.control.failNext({ status: 422, code: 'validation' } as never)
  await app.together(() => {
    void given.notebooks.create({ title: 'Home' }, { id: notebookId })
    void notes.create({ title: 'Milk', notebookId })
  })
  await app.flush()
  const [root, dependent] = app.faults.open$.value
  expect(dependent).toMatchObject({ kind: 'dependency', causedBy: root!.id })
  await app.faults.discard(root!.id)
  await run(sample('When other records depend on a refused one'))
  await app.flush()
  expect(server.control.all('notes')).toMatchObject([{ title: 'Milk', notebookId: null }])
  expect(app.faults.open$.value).toEqual([])
})

it('saves edits together, and sends them in order', async () => {
  const { server, app, shown, run } = await scene()
  await run(sample('Save edits together'))
  expect(shown).toEqual([3])
  await app.flush()
  await run(sample('Save edits together', 1))
  await app.flush()
  await turns(20)
  expect(app.faults.open$.value).toEqual([])
  const titles = server.control.all('notes').map(({ title }) => title as string)
  expect(titles.toSorted()).toEqual(['Bread', 'Dry', 'Milk', 'Wash'])
})
