/*
 * Two real browsers with a profile and a network each, one of them with two tabs, that show the list of one collection, while a seed
 * draws who makes, changes, deletes and pulls, offline and online, and the server writes too; one browser is killed in the midst. The
 * server's log and the lists are the judges: nobody sees an older title after a newer one, no note is two rows, nothing that is pending
 * disappears, and in the end all lists are the same. `LISTS_SEED=7 npm test -- two-lists` runs one seed again (G2, R7, R23).
 */
import { expect, test } from 'vitest'
import type { Tab } from '../support/engines/browser.js'
import type { ListedNote } from '../support/page/notebook.js'
import { expectDrained, settlesWithin, useRestBench, type NotebookDevice } from '../support/rest-bench.js'
import { seededRandom } from '../support/seeded-random.js'

const bench = useRestBench()
const seed = Number(process.env['LISTS_SEED'] ?? 8_161)
const steps = 70

/** The titles that each note has had at the server, in order, and whether it was deleted. */
function history(): Map<string, { titles: string[]; isDeleted: boolean }> {
  const notes = new Map<string, { titles: string[]; isDeleted: boolean }>()
  for (const { id, op, applied } of bench.server.control.log({ collection: 'notes' })) {
    const note = notes.get(id) ?? { titles: [], isDeleted: false }
    notes.set(id, note)
    if (op === 'delete') note.isDeleted = true
    else if (applied['title']) note.titles.push(applied['title'] as string)
  }
  return notes
}

/**
 * The flaws of the lists that one page has shown, from its start to its end. `mine`: the titles that this device gave each note, in
 * order; `deleted`: the notes that it has deleted.
 */
function flawsIn(lists: readonly ListedNote[][], mine: ReadonlyMap<string, string[]>, deleted: ReadonlySet<string>) {
  const flaws: string[] = []
  const server = history()
  const confirmedAt = new Map<string, number>()
  let before: readonly ListedNote[] = []
  for (const [at, rows] of lists.entries()) {
    const ids = new Set(rows.map(([id]) => id))
    if (ids.size < rows.length) flaws.push(`list ${at} has two rows of one note: ${JSON.stringify(rows)}`)
    for (const [id, title, state] of before)
      if (!ids.has(id) && !deleted.has(id) && !server.get(id)?.isDeleted)
        flaws.push(`list ${at} has lost ${id} (${title}, ${state})`)
    for (const [id, title, state] of rows) {
      if (state === 'pending') {
        if (!mine.get(id)?.includes(title))
          flaws.push(`list ${at} shows ${title} of ${id} as pending, which nobody wrote here`)
        continue
      }
      const place = server.get(id)?.titles.indexOf(title) ?? -1
      if (place < 0) flaws.push(`list ${at} shows ${title} of ${id} as ${state}, which the server never had`)
      if (place < (confirmedAt.get(id) ?? 0)) flaws.push(`list ${at} shows ${title} of ${id} after a newer title`)
      confirmedAt.set(id, Math.max(place, confirmedAt.get(id) ?? 0))
    }
    before = rows
  }
  return flaws
}

interface Reader {
  readonly name: 'a' | 'b'
  readonly device: NotebookDevice
  tabs: Tab[]
  /** By note. */
  readonly mine: Map<string, string[]>
  readonly deleted: Set<string>
}

const latest = (tab: Tab): Promise<ListedNote[]> => tab.evaluate(() => notebook.lists().at(-1) ?? [])

test('two browsers and two tabs show one list while all change it, and nobody is shown an older state after a newer one', async ({
  onTestFailed,
}) => {
  const told: string[] = []
  onTestFailed(() => console.error(`LISTS_SEED=${seed}\n${told.join('\n')}`))
  const { number } = seededRandom(seed)
  const one = <T>(list: readonly T[]): T => list[Math.floor(number() * list.length)]!
  const { control } = bench.server
  for (let at = 0; at < 5; at++) control.create('notes', { id: `s${at}`, title: `server ${at}` })

  const reader = async (name: 'a' | 'b'): Promise<Reader> => {
    const device = await bench.device()
    return { name, device, tabs: [device.tab], mine: new Map(), deleted: new Set() }
  }
  const readers = [await reader('a'), await reader('b')]
  readers[0]!.tabs.push(await readers[0]!.device.open())
  for (const { tabs } of readers) for (const tab of tabs) await tab.evaluate(() => notebook.watch())

  const flaws: string[] = []
  const judge = async ({ tabs, mine, deleted, name }: Reader): Promise<void> => {
    for (const [at, tab] of tabs.entries()) {
      const lists = await tab.evaluate(() => notebook.lists())
      flaws.push(...flawsIn(lists, mine, deleted).map((flaw) => `${name}${at}: ${flaw}`))
    }
  }
  const write = async (who: Reader, op: 'create' | 'update' | 'delete', title: string): Promise<void> => {
    const tab = one(who.tabs)
    const rows = await latest(tab)
    if (op === 'create' || !rows.length) {
      // Shown before the call returns.
      const id = await tab.evaluate(() => notebook.notes.newId())
      who.mine.set(id, [title])
      await tab.evaluate(
        async (note, text) => void (await notebook.notes.create({ title: text }, { id: note })),
        id,
        title,
      )
      return
    }
    const [id] = one(rows)
    if (op === 'delete') who.deleted.add(id)
    else who.mine.set(id, [...(who.mine.get(id) ?? []), title])
    // Another tab, or a pull, may have deleted it a moment ago.
    await tab.evaluate(
      async (note, text) => {
        const done = text === null ? notebook.delete(note) : notebook.update(note, { title: text })
        await done.catch((error: { code?: string }) => {
          if (error.code !== 'deleted') throw error as Error
        })
      },
      id,
      op === 'delete' ? null : title,
    )
  }

  for (let step = 0; step < steps; step++) {
    const who = one(readers)
    const what = number()
    const title = `${who.name} ${step}`
    const act =
      what < 0.2
        ? 'create'
        : what < 0.5
          ? 'update'
          : what < 0.6
            ? 'delete'
            : what < 0.75
              ? 'pull'
              : what < 0.85
                ? 'link'
                : 'server'
    told.push(`${step}: ${who.name} ${act}`)
    if (act === 'pull')
      void one(who.tabs)
        .evaluate(() => notebook.notes.refresh().catch(() => {}))
        .catch(() => {})
    else if (act === 'link') who.device.proxy.setUp(number() < 0.6)
    else if (act === 'server') {
      const fresh = `n${step}`
      const note = one([...control.all('notes').map(({ id }) => id as string), fresh])
      if (note === fresh) control.create('notes', { id: note, title: `server ${step}` })
      else if (number() < 0.2) control.delete('notes', note)
      else control.update('notes', note, { title: `server ${step}` })
    } else await write(who, act, title)
    if (step === Math.floor(steps / 2)) {
      const [killed] = readers
      await judge(killed!)
      await write(killed!, 'update', 'a in flight')
      await killed!.device.kill()
      killed!.device.proxy.setUp(true)
      killed!.tabs = [await killed!.device.restart(), await killed!.device.open()]
      for (const tab of killed!.tabs) await tab.evaluate(() => notebook.watch())
    }
  }
  for (const { device, tabs } of readers) {
    device.proxy.setUp(true)
    await expectDrained(tabs[0]!)
  }
  for (const { tabs } of readers) {
    const [tab] = tabs as [Tab]
    await tab.evaluate(async () => {
      for (const { id } of notebook.faults()) await notebook.client.faults.discard(id)
    })
    await expectDrained(tab)
  }
  const atServer = control.all('notes').map(({ id, title }) => [id, title, 'confirmed'])
  const sorted = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort()
  for (const { tabs } of readers)
    for (const tab of tabs)
      await expect
        .poll(async () => {
          await tab.evaluate(() => notebook.notes.refresh())
          return sorted(await latest(tab))
        }, settlesWithin)
        .toEqual(sorted(atServer))
  for (const who of readers) await judge(who)
  expect(flaws).toEqual([])
  const [here, there] = readers[0]!.tabs as [Tab, Tab]
  expect(await latest(here)).toEqual(await latest(there))
  expect(control.log({ collection: 'notes' }).length).toBeGreaterThan(20)
})
