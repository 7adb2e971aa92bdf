import { startRestServer, type RunningRestServer } from '../server/rest/start-rest-server.js'
import type { Schema } from '../server/rest/schema.js'
import { onStage, type StoryParts } from './stage.js'

/** A note needs its job: the server refuses one that comes first. */
const schema: Schema = {
  collections: {
    jobs: { ids: 'client', fields: { title: { type: 'text', required: true, maxLength: 40 } } },
    notes: {
      ids: 'client',
      fields: { text: { type: 'text', required: true }, jobId: { type: 'id', required: true } },
      refs: { jobId: 'jobs' },
    },
  },
}

const title = 'Mend the roof'
const texts = ['Bring the long ladder', 'Twelve tiles', 'The key is with the neighbour']

const longTitle = 'Mend the gutter, and all else that is broken on that side of the house'
const otherTitle = 'Mend the gutter'
const otherTexts = ['Six metres', 'Ring twice']

/** A job with three notes that is made in a tunnel. Rejects when something is not as it has to be. */
export async function tellRecords(parts: StoryParts): Promise<void> {
  const { begin, say, expect } = parts.narrator
  const options = {
    entry: 'records-page.ts',
    start: (given: { port: number; data: string }) => startRestServer({ ...given, schema }),
    apiRootOf: ({ root }: RunningRestServer) => root,
  }
  await onStage<RunningRestServer, unknown>(parts, options, async (stage) => {
    let server: RunningRestServer
    /** Kills the browser as soon as the server holds a request. */
    const killWhenHeld = async (): Promise<void> => {
      while (server.control.held() === 0) {
        parts.signal.throwIfAborted()
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      await stage.killBrowser()
      server.control.release()
    }
    const browse = async (): Promise<typeof stage.browser.tab> => {
      const { tab } = await stage.browse()
      await tab.evaluate(() => records.ready)
      return tab
    }
    /** The records that the server has: titles of jobs, texts of notes. */
    // By id, in the order in which she made them: several notes go out at a time.
    const inOrder = (collection: string): { readonly [property: string]: unknown }[] =>
      [...server.control.all(collection)].sort((one, other) => (one['id']! < other['id']! ? -1 : 1))
    const onServer = (): { jobs: unknown[]; notes: unknown[] } => ({
      jobs: inOrder('jobs').map(({ title: one }) => one),
      notes: inOrder('notes').map(({ text }) => text),
    })
    /** Sends until nothing is pending: the first try may meet the server before it listens. */
    const drain = async (): Promise<void> => {
      while (await tab.evaluate(() => records.pending())) {
        parts.signal.throwIfAborted()
        await tab.evaluate(() => records.flush())
      }
    }
    const writes = (): string[] => server.control.log().map(({ op, collection }) => `${op} ${collection}`)

    begin('Ann opens her jobs')
    server = await stage.serve()
    let tab = await browse()

    begin('In a tunnel, she makes a job with three notes')
    await stage.stopServer()
    const made = await tab.evaluate((name, all) => records.make(name, all), title, texts)
    const isShown = made.shownAtOnce.join() === [title, ...texts].join()
    expect('she sees all four at once, before the call returns', isShown, made.shownAtOnce)
    expect(`they are saved together, after ${made.savedAfterMs.toFixed(1)} ms`, made.edits.length === 4, made.edits)

    begin('Her browser is killed, and started again')
    await stage.killBrowser()
    tab = await browse()
    const again = await tab.evaluate((what) => records.watch(what), made)
    expect('she sees all four still', again.join() === [title, ...texts].join(), again)
    const pending = await tab.evaluate(() => records.pending())
    expect('they are pending', pending === 4, pending)

    begin('The tunnel ends. The server makes the job, and her browser is killed before it hears of that')
    server = await stage.serve()
    server.control.rules.add({ match: { method: 'POST', path: '/jobs' }, action: { do: 'hold-answer' } })
    tab.evaluate(() => records.flush()).catch(() => {})
    await killWhenHeld()
    const first = onServer()
    expect(
      'the server has the job, and no note: they wait for it',
      first.jobs.length === 1 && first.notes.length === 0,
      first,
    )

    begin('It is started again, and killed between a note and its answer')
    server.control.rules.clear()
    server.control.rules.add({ match: { method: 'POST', path: '/notes' }, action: { do: 'hold-answer' }, after: 1 })
    tab = await browse()
    tab.evaluate(() => records.flush()).catch(() => {})
    await killWhenHeld()
    say('server', `has ${onServer().notes.length} notes; her browser knows of fewer`)

    begin('It is started once more')
    tab = await browse()
    await tab.evaluate((what) => records.watch(what), made)
    await tab.evaluate(() => records.flush())
    const outcomes: string[] = []
    for (const edit of made.edits) outcomes.push(await tab.evaluate((id) => records.outcome(id), edit))
    expect(
      'all four are accepted',
      outcomes.every((one) => one === 'accepted'),
      outcomes,
    )
    const all = onServer()
    expect('the server has exactly one job', all.jobs.join() === title, all)
    expect('and three notes, in order', all.notes.join() === texts.join(), all)
    const isOnce = writes().join() === 'create jobs,create notes,create notes,create notes'
    expect('it made each of them once', isOnce, writes())

    begin('In the next tunnel she changes one note and deletes another')
    await stage.stopServer()
    const edits = [
      await tab.evaluate((id) => records.change(id, 'Fourteen tiles'), made.notes[1]!),
      await tab.evaluate((id) => records.remove(id), made.notes[2]!),
    ]
    await stage.killBrowser()
    tab = await browse()
    const shown = await tab.evaluate((what) => records.watch(what), made)
    const left = [title, texts[0], 'Fourteen tiles', null]
    expect('after a kill, she sees the change, and not the note', JSON.stringify(shown) === JSON.stringify(left), shown)

    begin('The tunnel ends')
    server = await stage.serve()
    await tab.evaluate(() => records.flush())
    for (const edit of edits) outcomes.push(await tab.evaluate((id) => records.outcome(id), edit))
    expect(
      'both are accepted',
      outcomes.every((one) => one === 'accepted'),
      outcomes,
    )
    const end = onServer()
    expect('the server has what she sees', end.notes.join() === [texts[0], 'Fourteen tiles'].join(), end)
    expect('and was told of each once', writes().slice(4).sort().join() === 'delete notes,update notes', writes())
    const faults = await tab.evaluate(() => records.faults())
    expect('nothing was refused', faults.length === 0, faults)

    begin('In a third tunnel she makes another job with two notes, under a title that the server refuses')
    await stage.stopServer()
    const other = await tab.evaluate((name, all) => records.make(name, all), longTitle, otherTexts)
    server = await stage.serve()
    await drain()
    const refused = await tab.evaluate(() => records.faults())
    const kinds = refused.map(({ kind }) => kind).sort()
    expect('the job is refused, and the notes with it', kinds.join() === 'dependency,dependency,validation', refused)
    const kept = await tab.evaluate((what) => records.watch(what), other)
    expect('she sees all that she typed', kept.join() === [longTitle, ...otherTexts].join(), kept)

    begin('She mends the title')
    await tab.evaluate((name) => records.amend(name), otherTitle)
    await drain()
    const open = await tab.evaluate(() => records.faults())
    expect('nothing is refused any more', open.length === 0, open)
    const mended = onServer()
    expect('the server has the other job once', mended.jobs.join() === [title, otherTitle].join(), mended)
    const added = mended.notes.slice(-2)
    expect('and each of its notes once', mended.notes.length === 4 && added.join() === otherTexts.join(), mended)
    const last = writes().slice(-3)
    expect('it made the job first', last.join() === 'create jobs,create notes,create notes', last)
  })
}
