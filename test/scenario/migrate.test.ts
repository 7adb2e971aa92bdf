/* Data of an older release of the app: pending edits, requests under way and faults come along in the new shape (R26, G3). */
import { readFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { WriteHook } from '../../demo/server/rest/write-record.js'
import type { Properties } from '../../src/model/record.js'
import { type Migrate, openRest, restEndpoints } from '../../src/rest/index.js'
import type { BackgroundSync } from '../../src/platform/platform.js'
import { drainOnSync } from '../../src/service-worker/index.js'
import { fakePlatform } from '../support/fake-platform.js'
import { runSample, samplesOf } from '../support/samples.js'
import { makeWorld } from '../support/world.js'
import { makeRestStage, notesTab, type NotesTab, type RestStage } from '../support/rest-stage.js'

/** The first release has `slug`, the second one has `text` for the same. */
type Notes = { notes: { id: string; title: string; slug?: string | null; text?: string | null; done?: boolean } }

const patch: Migrate['patch'] = (_, { slug, ...rest }) =>
  slug === undefined ? rest : { ...rest, text: slug as string }
const second: Migrate = { version: 1, patch }

type Tab = NotesTab<Notes>

interface World extends RestStage {
  /** Method and body of each write that left the device since the last call. */
  writes(): string[]
  /** Opens a tab of the first release, or of one that migrates. */
  open(migrate?: Migrate, online?: boolean): Promise<Tab>
  /** The worker of a release; resolves with whether it has sent all. */
  wakeWorker(migrate?: Migrate): Promise<boolean>
  shapes(): Promise<(number | undefined)[]>
}

const collections = { notes: { ids: 'device', create: 'PUT' } } as const

async function makeRestWorld(): Promise<World> {
  // Old and new releases are out there: the server keeps both properties in step.
  const hook: WriteHook = (_, { slug = null, text = null, ...values }, op) =>
    slug === text && op === 'update' ? values : { ...values, slug: slug ?? text, text: slug ?? text }
  let underWay = 0
  const { server, stage } = await makeRestStage({ hook }, () => underWay)
  server.control.create('notes', { id: 'n1', title: 'Milk', slug: 'one' })
  const writes: string[] = []
  const sees = async (request: Request): Promise<void> => {
    if (request.method !== 'GET') writes.push(`${request.method} ${await request.clone().text()}`)
  }
  return {
    server,
    stage,
    writes: () => writes.splice(0),
    async open(migrate, online = true) {
      const page = stage.openPage((platform) => {
        ;(platform.connectivity as unknown as { set(online: boolean): void }).set(online)
        return openRest<Notes>({
          url: server.root,
          account: 'ann',
          collections,
          platform,
          ...(migrate && { migrate }),
        })
      }, sees)
      return notesTab(stage, page)
    },
    async wakeWorker(migrate) {
      const platform = fakePlatform({
        device: stage.device,
        async fetch(input, init) {
          const request = new Request(input, init)
          underWay++
          try {
            await sees(request)
            const answer = await fetch(request)
            await answer.clone().arrayBuffer()
            return answer
          } finally {
            underWay--
          }
        },
      })
      onTestFinished(() => platform.crash())
      let run: (() => Promise<void>) | undefined
      const backgroundSync: BackgroundSync = {
        register() {},
        onSync(_, listener) {
          run = listener
          return () => {}
        },
      }
      drainOnSync(restEndpoints({ url: server.root, collections }), {
        platform: { ...platform, backgroundSync },
        ...(migrate && { migrate }),
      })
      const done = run!().then(
        () => true,
        () => false,
      )
      await stage.advance(10_000)
      return done
    },
    async shapes() {
      const tables = await stage.rows()
      const rows = ['records', 'edits', 'faults'].flatMap((name) => tables[name] as { shape?: number }[])
      return rows.map(({ shape }) => shape)
    },
  }
}

/** The record was read, and then edited offline by the first release, which is gone. */
async function editedBefore(edit: Partial<Notes['notes']> = { slug: 'mine' }): Promise<World> {
  const world = await makeRestWorld()
  const tab = await world.open()
  await world.stage.after(tab.notes.record('n1').refresh())
  tab.platform.connectivity.set(false)
  await tab.notes.update('n1', edit)
  await world.stage.quiet()
  tab.kill()
  world.writes()
  return world
}

const opened = async (world: World, migrate: Migrate | undefined = second): Promise<Tab> => {
  const tab = await world.open(migrate)
  tab.notes.record('n1').value$.subscribe(() => {})
  await world.stage.quiet()
  return tab
}

describe('an edit of the first release', () => {
  it('is shown and sent by the second one in its own shape', async () => {
    const world = await editedBefore()
    const offline = await world.open(second, false)
    const seen: unknown[] = []
    offline.notes.record('n1').value$.subscribe((value) => void seen.push(value))
    await world.stage.quiet()
    expect(seen.at(-1)).toMatchObject({ title: 'Milk', text: 'mine' })
    expect(seen.at(-1)).not.toHaveProperty('slug')
    expect(world.writes()).toEqual([])
    await world.stage.reconnect(offline)
    expect(world.writes()).toEqual(['PATCH {"text":"mine"}'])
    expect(world.server.control.read('notes', 'n1')).toMatchObject({ text: 'mine' })
    expect(offline.faults).toEqual([])
  })

  it('is compared with what it was made on, in the new shape too', async () => {
    const world = await editedBefore()
    world.server.control.update('notes', 'n1', { text: 'theirs' })
    const tab = await opened(world)
    expect(tab.faults).toMatchObject([
      {
        kind: 'conflict',
        reason: 'changed',
        base: { text: 'one' },
        mine: { text: 'mine' },
        theirs: { text: 'theirs' },
      },
    ])
    expect(tab.faults[0]!.shape).toBe(1)
    expect(world.writes()).toEqual([])
  })

  it('that makes a record is made in the new shape', async () => {
    const world = await makeRestWorld()
    const tab = await world.open(undefined, false)
    const { recordId } = await tab.notes.create({ title: 'Oats', slug: 'new' })
    await tab.notes.update(recordId, { slug: 'newer' })
    tab.kill()
    await opened(world)
    expect(world.server.control.read('notes', recordId)).toMatchObject({ title: 'Oats', text: 'newer' })
    expect(world.writes()).toHaveLength(1)
  })

  it('that deletes a record needs no change', async () => {
    const world = await makeRestWorld()
    const tab = await world.open(undefined, false)
    await tab.notes.delete('n1')
    tab.kill()
    const next = await opened(world, { version: 1, patch: () => expect.fail('there is nothing to change') })
    expect(world.server.control.read('notes', 'n1')).toBeUndefined()
    expect(next.faults).toEqual([])
  })
})

describe('a record without pending edits', () => {
  it('is shown in the new shape, and read again before the next edit goes out', async () => {
    const world = await makeRestWorld()
    const tab = await world.open()
    await world.stage.after(tab.notes.record('n1').refresh())
    tab.kill()
    world.server.control.update('notes', 'n1', { text: 'theirs' })
    const next = await world.open(second, false)
    let shown: unknown
    next.notes.record('n1').value$.subscribe((value) => (shown = value))
    await world.stage.quiet()
    expect(shown).toMatchObject({ text: 'one' })
    await next.notes.update('n1', { text: 'mine' })
    await world.stage.reconnect(next)
    // A base that counted as fresh would have overwritten theirs.
    expect(next.faults).toMatchObject([{ kind: 'conflict', theirs: { text: 'theirs' } }])
    expect(shown).toMatchObject({ text: 'theirs' })
  })
})

describe('a request of the first release that was under way', () => {
  const sent = async (does: 'refuse' | 'lose-answer'): Promise<World> => {
    const world = await makeRestWorld()
    const tab = await world.open()
    await world.stage.after(tab.notes.record('n1').refresh())
    world.server.control.rules.add({ match: { method: 'PATCH' }, action: { do: does } })
    await tab.notes.update('n1', { slug: 'mine' })
    await world.stage.quiet()
    // Behind it: not sent yet.
    await tab.notes.update('n1', { slug: 'later', done: true })
    await world.stage.quiet()
    tab.kill()
    world.writes()
    return world
  }

  it('and took effect is found as it was sent, and the edit behind it goes out in the new shape', async () => {
    const world = await sent('lose-answer')
    const tab = await opened(world)
    await world.stage.advance(120_000)
    expect(world.writes()).toEqual(['PATCH {"done":true,"text":"later"}'])
    expect(world.server.control.read('notes', 'n1')).toMatchObject({ text: 'later', done: true })
    expect(tab.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
  })

  it('and had none is repeated exactly, and then the edit behind it goes out in the new shape', async () => {
    const world = await sent('refuse')
    const tab = await opened(world)
    await world.stage.advance(120_000)
    expect(world.writes()).toEqual(['PATCH {"slug":"mine"}', 'PATCH {"done":true,"text":"later"}'])
    expect(tab.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
  })

  it('is shown in the new shape meanwhile, and an edit of the second release goes behind it', async () => {
    const world = await sent('refuse')
    const tab = await world.open(second, false)
    let shown: unknown
    tab.notes.record('n1').value$.subscribe((value) => (shown = value))
    await world.stage.quiet()
    expect(shown).toMatchObject({ text: 'later', done: true })
    await tab.notes.update('n1', { text: 'newest' })
    await world.stage.quiet()
    expect(shown).toMatchObject({ text: 'newest', done: true })
    await world.stage.reconnect(tab)
    await world.stage.advance(120_000)
    expect(world.writes()).toEqual(['PATCH {"slug":"mine"}', 'PATCH {"done":true,"text":"newest"}'])
    expect(tab.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
  })

  it('finds the record gone, and one fault has the edits of both releases in the new shape', async () => {
    const world = await sent('refuse')
    const tab = await world.open(second, false)
    const newest = await tab.notes.update('n1', { text: 'newest' })
    world.server.control.delete('notes', 'n1')
    await world.stage.reconnect(tab)
    await world.stage.advance(120_000)
    expect(world.writes()).toEqual([])
    expect(await newest.settled).toMatchObject({ outcome: 'rejected' })
    const [fault] = tab.faults
    expect(tab.faults).toHaveLength(1)
    expect(fault).toMatchObject({ kind: 'gone', shape: 1, mine: { text: 'newest', done: true }, theirs: null })
    expect([...fault!.properties].sort()).toEqual(['done', 'text'])
    expect(fault!.editIds).toHaveLength(3)
    expect(fault!.base).toMatchObject({ text: 'one' })
    expect(fault!.view).toMatchObject({ title: 'Milk', text: 'newest', done: true })
    expect(fault!.view).not.toHaveProperty('slug')
    expect(tab.app.status$.value).toMatchObject({ pending: 0, faults: 1 })
  })

  it('finds the record gone where the function fails, and the fault has each value as it was written', async () => {
    const world = await sent('refuse')
    const failing: Migrate['patch'] = (_, values) => ('slug' in values ? expect.fail('boom') : values)
    const tab = await world.open({ version: 1, patch: failing }, false)
    await tab.notes.update('n1', { text: 'newest' })
    world.server.control.delete('notes', 'n1')
    await world.stage.reconnect(tab)
    await world.stage.advance(120_000)
    expect(tab.faults).toMatchObject([{ kind: 'gone', mine: { slug: 'later', text: 'newest', done: true } }])
    expect(tab.app.status$.value).toMatchObject({ pending: 0, faults: 1 })
  })
})

describe('an older tab beside a newer one', () => {
  it('leaves newer edits alone, says so, and what it saves is migrated by the newer one', async () => {
    const world = await makeRestWorld()
    const older = await world.open()
    await world.stage.after(older.notes.record('n1').refresh())
    const newer = await world.open(second)
    for (const tab of [older, newer]) tab.platform.connectivity.set(false)
    await newer.notes.update('n1', { title: 'Oat milk' })
    await world.stage.quiet()
    const edit = await older.notes.update('n1', { slug: 'mine' })
    await world.stage.reconnect(older)
    await world.stage.advance(1_000)
    expect(world.writes()).toEqual([])
    expect(older.steps.filter((step) => step.type === 'held' && step.reason === 'reload')).not.toEqual([])
    expect(older.app.status$.value).toMatchObject({ phase: 'held', failure: { reason: 'reload' } })
    await world.stage.reconnect(newer)
    await world.stage.advance(1_000)
    expect(world.writes()).toEqual(['PATCH {"title":"Oat milk","text":"mine"}'])
    expect((await edit.settled).outcome).toBe('accepted')
    expect(older.app.status$.value).toMatchObject({ pending: 0 })
  })

  it('goes on with its own records', async () => {
    const world = await makeRestWorld()
    const older = await world.open()
    const newer = await world.open(second)
    newer.platform.connectivity.set(false)
    await newer.notes.update('n1', { title: 'Oat milk' })
    const made = await older.notes.create({ title: 'Bread', slug: 'bread' })
    await world.stage.advance(1_000)
    expect((await made.settled).outcome).toBe('accepted')
    expect(world.writes()).toEqual([`PUT {"id":"${made.recordId}","title":"Bread","slug":"bread"}`])
  })
})

describe('a worker', () => {
  it('of the first release leaves newer edits to a page', async () => {
    const world = await makeRestWorld()
    const tab = await world.open(second, false)
    await tab.notes.update('n1', { text: 'mine' })
    tab.kill()
    expect(await world.wakeWorker()).toBe(false)
    expect(world.writes()).toEqual([])
    expect(await world.wakeWorker(second)).toBe(true)
    expect(world.writes()).toEqual(['PATCH {"text":"mine"}'])
  })

  it('of the second one migrates older edits', async () => {
    const world = await editedBefore()
    expect(await world.wakeWorker(second)).toBe(true)
    expect(world.writes()).toEqual(['PATCH {"text":"mine"}'])
  })
})

describe('an open fault of the first release', () => {
  const refused = async (): Promise<World> => {
    const world = await makeRestWorld()
    const tab = await world.open()
    world.server.control.failNext({ status: 422, errors: { slug: ['is taken'] } })
    await tab.notes.update('n1', { slug: 'mine', done: true })
    await world.stage.quiet()
    expect(tab.faults).toMatchObject([{ kind: 'validation', mine: { slug: 'mine' }, offending: ['slug'] }])
    tab.kill()
    world.writes()
    return world
  }

  it('is retried in the new shape', async () => {
    const world = await refused()
    const tab = await opened(world)
    expect(tab.faults).toMatchObject([{ shape: 1, mine: { text: 'mine' }, offending: ['text'] }])
    expect(tab.faults[0]!.mine).not.toHaveProperty('slug')
    const edit = await tab.app.faults.retry(tab.faults[0]!.id)
    await world.stage.quiet()
    expect((await edit.settled).outcome).toBe('accepted')
    expect(world.writes()).toEqual(['PATCH {"done":true,"text":"mine"}'])
    expect(tab.faults).toEqual([])
  })

  it('is amended in the new shape', async () => {
    const world = await refused()
    const tab = await opened(world)
    await tab.app.faults.amend(tab.faults[0]!.id, { text: 'other' })
    await world.stage.quiet()
    expect(world.writes()).toEqual(['PATCH {"done":true,"text":"other"}'])
  })

  it('stays open where the function fails on it', async () => {
    const world = await refused()
    const tab = await opened(world, { version: 1, patch: () => expect.fail('boom') })
    await expect(tab.app.faults.retry(tab.faults[0]!.id)).rejects.toMatchObject({
      name: 'InvalidEditError',
      rule: expect.stringContaining('boom'),
    })
    expect(tab.faults).toMatchObject([{ mine: { slug: 'mine' } }])
    expect(tab.faults[0]!.shape).toBeUndefined()
  })

  it('of the second release cannot be answered by a tab of the first', async () => {
    const world = await makeRestWorld()
    const newer = await world.open(second)
    const older = await world.open()
    world.server.control.failNext({ status: 422, errors: { text: ['is taken'] } })
    await newer.notes.update('n1', { text: 'mine' })
    await world.stage.advance(1_000)
    expect(older.faults).toMatchObject([{ shape: 1 }])
    await expect(older.app.faults.retry(older.faults[0]!.id)).rejects.toThrow(/reload the page/)
  })
})

describe('a function that cannot migrate an edit', () => {
  it.each<[string, Migrate['patch']]>([
    ['throws', () => expect.fail('boom')],
    ['gives a text', () => 'nonsense' as never],
    ['gives nothing', () => undefined as never],
    ['gives a list', () => [] as never],
    ['gives a promise', (_, one) => Promise.resolve(one) as never],
    ['gives a function as a value', () => ({ text: () => 1 })],
    ['gives a name that reaches a prototype', () => JSON.parse('{"__proto__":{"a":1}}') as Properties],
    [
      'throws nothing at all',
      () => {
        throw undefined
      },
    ],
  ])('%s: the edit is a fault with its raw values, and the other edits go on', async (_what, failing) => {
    const world = await editedBefore({ slug: 'mine' })
    const before = await world.open(undefined, false)
    await before.notes.update('n1', { done: true })
    await world.stage.quiet()
    before.kill()
    const tab = await opened(world, {
      version: 1,
      patch: (name, one, from) =>
        'slug' in one && !('title' in one) ? failing(name, one, from) : patch(name, one, from),
    })
    await world.stage.advance(1_000)
    expect(tab.faults).toMatchObject([
      { kind: 'other', reason: 'migrate', mine: { slug: 'mine' }, base: { slug: 'one' }, shape: 0 },
    ])
    expect(world.writes()).toEqual(['PATCH {"done":true}'])
    expect(tab.app.status$.value).toMatchObject({ pending: 0, faults: 1 })
    // A release that can do it writes the values after all.
    tab.kill()
    const third = await opened(world, { version: 2, patch })
    await third.app.faults.retry(third.faults[0]!.id)
    await world.stage.advance(1_000)
    expect(world.writes()).toEqual(['PATCH {"text":"mine"}'])
  })

  it('that makes a record: it is one fault with all that was typed', async () => {
    const world = await makeRestWorld()
    const tab = await world.open(undefined, false)
    const { recordId } = await tab.notes.create({ title: 'Oats', slug: 'new' })
    tab.kill()
    const next = await opened(world, { version: 1, patch: () => expect.fail('boom') })
    expect(next.faults).toMatchObject([
      { op: 'create', recordId, reason: 'migrate', mine: { title: 'Oats', slug: 'new' } },
    ])
    expect(world.writes()).toEqual([])
  })

  it('sees a copy: it may change it', async () => {
    const world = await editedBefore()
    await opened(world, {
      version: 1,
      patch(_, one) {
        if ('slug' in one) {
          one['text'] = one['slug']
          delete one['slug']
        }
        return one
      },
    })
    expect(world.writes()).toEqual(['PATCH {"text":"mine"}'])
  })
})

describe('shapes', () => {
  it('are in no row of an app that has none', async () => {
    const world = await editedBefore()
    await opened(world, { version: 0, patch: () => expect.fail('there is nothing to change') })
    expect(await world.shapes()).toEqual([undefined])
  })

  it('go on from release to release, each from the one that wrote the edit', async () => {
    const world = await makeRestWorld()
    const first = await world.open(undefined, false)
    await first.notes.update('n1', { slug: 'a' })
    first.kill()
    const next = await world.open(second, false)
    await next.notes.update('n1', { text: 'b', done: true })
    next.kill()
    const froms: number[] = []
    await opened(world, {
      version: 2,
      patch(name, one, from) {
        froms.push(from)
        return from < 1 ? patch(name, one, from) : one
      },
    })
    expect(new Set(froms)).toEqual(new Set([0, 1]))
    expect(world.writes()).toEqual(['PATCH {"text":"b","done":true}'])
  })

  it.each([{}, { version: 1 }, { version: -1, patch }, { version: 1.5, patch }, { version: '1', patch }])(
    'are refused as the option %j',
    async (migrate) => {
      const world = await makeRestWorld()
      await expect(world.open(migrate as never)).rejects.toThrow(/"migrate" is an object/)
      const worker = restEndpoints({ url: world.server.root, collections })
      expect(() => drainOnSync(worker, { migrate: migrate as never })).toThrow(/"migrate" is an object/)
    },
  )
})

/** The options in the sample of the guide. */
async function sampled(): Promise<{ migrate?: Migrate }> {
  const { code } = samplesOf(readFileSync('docs/guide.md', 'utf8')).find(
    ({ heading }) => heading === 'Change the shape of your data',
  )!
  let options: { migrate?: Migrate } = {}
  await runSample(code, { openBackendless: (given: typeof options) => (options = given) })
  return options
}

it('the Backendless face migrates the edits of the user, as the guide has it', async () => {
  const { migrate } = await sampled()
  const world = await makeWorld()
  const tab = await world.signedIn()
  tab.platform.connectivity.set(false)
  await tab.users.update({ nick: 'Annie' })
  await world.quiet()
  const next = await world.reopen(tab, { migrate: migrate! })
  await world.advance(1_000)
  expect(world.updates()).toEqual([{ prefs: { nick: 'Annie' } }])
  expect(next.users.current$.value).toMatchObject({ prefs: { nick: 'Annie' } })
  expect(next.app.status$.value).toMatchObject({ pending: 0, faults: 0 })
})
