/*
 * Records of a collection in a real browser: made, changed and deleted offline, and with the browser killed while a request is
 * under way. The server's log of applied writes is the judge.
 */
import { expect, test } from 'vitest'
import { expectDrained, fatesOf, settlesWithin, useRestBench, type NotebookDevice } from '../support/rest-bench.js'

const bench = useRestBench()

/** The writes that the server has applied to a note, in order, without the fields that a creation left empty. */
const writesTo = (id: string): [string, object][] =>
  bench.server.control.log({ collection: 'notes', id }).map(({ op, applied }) => {
    return [op, Object.fromEntries(Object.entries(applied).filter(([, value]) => value !== null && value !== false))]
  })

async function offline(): Promise<NotebookDevice> {
  const device = await bench.device()
  device.proxy.setUp(false)
  return device
}

test('a note is made, changed and deleted offline, over a kill of the browser, and the server hears of what is left', async () => {
  const device = await bench.device()
  const old = bench.server.control.create('notes', { id: 'old', title: 'Old', slug: 'old' })
  const gone = bench.server.control.create('notes', { id: 'gone', title: 'Gone' })
  for (const { id } of [old, gone]) await device.tab.evaluate((note) => notebook.view(note, true), id as string)
  device.proxy.setUp(false)

  const made = await device.tab.evaluate(() => notebook.create({ title: 'Milk' }))
  const changed = await device.tab.evaluate((note) => notebook.update(note, { text: '2 litres' }), made.note)
  const updated = await device.tab.evaluate(() => notebook.update('old', { title: 'New' }))
  const deleted = await device.tab.evaluate(() => notebook.delete('gone'))
  const passing = await device.tab.evaluate(() => notebook.create({ title: 'For a moment' }))
  const taken = await device.tab.evaluate((note) => notebook.delete(note), passing.note)
  await device.kill()

  const tab = await device.restart()
  const show = (id: string) => tab.evaluate((note) => notebook.view(note), id)
  expect(await show(made.note)).toEqual({ title: 'Milk', text: '2 litres', slug: null })
  expect(await show('old')).toEqual({ title: 'New', text: null, slug: 'old' })
  expect(await show('gone')).toBeNull()
  expect(await show(passing.note)).toBeNull()
  const edits = [made, changed, updated, deleted, passing, taken].map(({ id }) => id)

  device.proxy.setUp(true)
  await expectDrained(tab)
  expect(await fatesOf(tab, edits)).toEqual(['accepted', 'accepted', 'accepted', 'accepted', 'discarded', 'accepted'])
  // One request, unless one with the creation was on its way already, which then ends first.
  expect([
    [['create', { title: 'Milk', text: '2 litres' }]],
    [
      ['create', { title: 'Milk' }],
      ['update', { text: '2 litres' }],
    ],
  ]).toContainEqual(writesTo(made.note))
  expect(writesTo('old').slice(1)).toEqual([['update', { title: 'New' }]])
  expect(writesTo('gone').slice(1)).toEqual([['delete', {}]])
  expect(writesTo(passing.note)).toEqual([])
  expect(bench.server.control.all('notes')).toMatchObject([
    { id: 'old', title: 'New', slug: 'old' },
    { id: made.note, title: 'Milk', text: '2 litres' },
  ])
  expect(await show(made.note)).toEqual({ title: 'Milk', text: '2 litres', slug: null })
  expect(await tab.evaluate(() => notebook.faults())).toEqual([])
})

test.each([
  ['before the server carried it out', 'hold'],
  ['after the server carried it out, and before the answer', 'hold-answer'],
] as const)('a browser that is killed while its creation is under way, %s, makes one note', async (_when, action) => {
  const device = await bench.device()
  bench.server.control.rules.add({ match: { method: 'POST', path: '/notes' }, action: { do: action } })
  const made = await device.tab.evaluate(() => notebook.create({ title: 'Milk' }))
  await expect.poll(() => bench.server.control.held(), settlesWithin).toBe(1)
  await device.kill()

  const tab = await device.restart()
  // Behind a request whose end nobody knows.
  const changed = await tab.evaluate((note) => notebook.update(note, { text: '2 litres' }), made.note)
  await expectDrained(tab)
  // The copy of the request that the server has kept arrives after all.
  bench.server.control.release()
  await expect.poll(() => bench.server.control.held(), settlesWithin).toBe(0)
  expect(await fatesOf(tab, [made.id, changed.id])).toEqual(['accepted', 'accepted'])
  expect(writesTo(made.note)).toEqual([
    ['create', { title: 'Milk' }],
    ['update', { text: '2 litres' }],
  ])
  expect(bench.server.control.all('notes')).toMatchObject([{ id: made.note, title: 'Milk', text: '2 litres' }])
  expect(await tab.evaluate((note) => notebook.view(note), made.note)).toMatchObject({ text: '2 litres' })
  expect(await tab.evaluate(() => notebook.faults())).toEqual([])
})

test('a note that was deleted while its creation was under way is gone in the end, and made once', async () => {
  const device = await bench.device()
  bench.server.control.rules.add({ match: { method: 'POST', path: '/notes' }, action: { do: 'hold-answer' } })
  const made = await device.tab.evaluate(() => notebook.create({ title: 'Milk' }))
  await expect.poll(() => bench.server.control.held(), settlesWithin).toBe(1)
  const deleted = await device.tab.evaluate((note) => notebook.delete(note), made.note)
  await device.kill()

  const tab = await device.restart()
  expect(await tab.evaluate((note) => notebook.view(note), made.note)).toBeNull()
  await expectDrained(tab)
  expect(await fatesOf(tab, [made.id, deleted.id])).toEqual(['accepted', 'accepted'])
  expect(writesTo(made.note)).toEqual([
    ['create', { title: 'Milk' }],
    ['delete', {}],
  ])
})

test.each(['update', 'delete'] as const)(
  'a browser that is killed while its %s is under way does it once',
  async (op) => {
    const device = await bench.device()
    bench.server.control.create('notes', { id: 'old', title: 'Old' })
    await device.tab.evaluate(() => notebook.view('old', true))
    const method = op === 'update' ? 'PATCH' : 'DELETE'
    bench.server.control.rules.add({ match: { method, path: '/notes/old' }, action: { do: 'hold-answer' } })
    const edit = await device.tab.evaluate(
      (isUpdate) => (isUpdate ? notebook.update('old', { title: 'New' }) : notebook.delete('old')),
      op === 'update',
    )
    await expect.poll(() => bench.server.control.held(), settlesWithin).toBe(1)
    await device.kill()

    const tab = await device.restart()
    await expectDrained(tab)
    expect(await fatesOf(tab, [edit.id])).toEqual(['accepted'])
    expect(writesTo('old').slice(1)).toEqual([[op, op === 'update' ? { title: 'New' } : {}]])
  },
)

test('edits of several notes that are saved together are all there after a kill, and each is made once', async () => {
  const device = await offline()
  const made = await device.tab.evaluate(async () => {
    const ids = [1, 2, 3].map(() => notebook.notes.newId())
    const edits = await notebook.client.together(() => {
      for (const [index, id] of ids.entries()) void notebook.notes.create({ title: `Note ${index}` }, { id })
    })
    return edits.map(({ id, recordId }) => ({ id, note: recordId }))
  })
  await device.kill()

  const tab = await device.restart()
  for (const [index, { note }] of made.entries())
    expect(await tab.evaluate((id) => notebook.view(id), note)).toMatchObject({ title: `Note ${index}` })
  device.proxy.setUp(true)
  await expectDrained(tab)
  expect(
    await fatesOf(
      tab,
      made.map(({ id }) => id),
    ),
  ).toEqual(['accepted', 'accepted', 'accepted'])
  for (const [index, { note }] of made.entries())
    expect(writesTo(note)).toEqual([['create', { title: `Note ${index}` }]])
})

test('two tabs: one deletes a note, and the other, which changes it, is told', async () => {
  const device = await bench.device()
  bench.server.control.create('notes', { id: 'old', title: 'Old' })
  const other = await device.open()
  for (const tab of [device.tab, other])
    await tab.evaluate(async () => {
      notebook.notes.record('old').value$.subscribe()
      await notebook.view('old', true)
    })
  device.proxy.setUp(false)
  const deleted = await device.tab.evaluate(() => notebook.delete('old'))
  const code = await other.evaluate(async () => {
    try {
      return await notebook.update('old', { title: 'New' })
    } catch (error) {
      return (error as { code: string }).code
    }
  })
  expect(code).toBe('deleted')
  await expect.poll(() => other.evaluate(() => notebook.view('old')), settlesWithin).toBeNull()
  const again = await other.evaluate(() => notebook.delete('old'))
  expect(again.id).toBe(deleted.id)
  device.proxy.setUp(true)
  await expectDrained(other)
  expect(writesTo('old').slice(1)).toEqual([['delete', {}]])
})
