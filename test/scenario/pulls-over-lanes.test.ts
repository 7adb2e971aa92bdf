/*
 * A pull over a lane in each of its states, with no cell left out: the record has changed, is gone, or stands in no list (R7, R23).
 * A cell has each form in which the list showed the row, from the edit to the end, so that an older value after a newer one, a pending
 * edit that disappears for a moment and a second row are each a wrong cell.
 */
import { describe, expect, it } from 'vitest'
import type { RecordKey, RestList, Row } from '../../src/rest/index.js'
import type { LaneState } from '../../src/sync/lane/state.js'
import { byCursor, listWorld } from '../support/list-world.js'
import { completionOf, resultOf } from '../support/raw-storage.js'

/** The states of a lane, and those that any state can have beside. */
type State = LaneState | 'split' | 'stalled' | 'refused'
type Kind = 'changed' | 'gone' | 'not listed'
const kinds: readonly Kind[] = ['changed', 'gone', 'not listed']
/**
 * The forms of the row, one after the other: in the state, after the pull, and to the end, with a bar between them. `-`: the list does
 * not show it; `!`: a fault is open; `=`: nothing new; in brackets: perhaps.
 */
type Cells = Record<Kind, string>

type World = Awaited<ReturnType<typeof listWorld>>
type Tab = Awaited<ReturnType<World['open']>>

const day = 86_400_000

/** A list by cursors that names every record where it is asked for everything. */
const changes: RestList = {
  ...byCursor,
  page: (json, headers, since) => ({ ...byCursor.page!(json, headers, since), whole: since === undefined }),
}

function formOf(row: Row | undefined): string {
  if (!row) return '-'
  const { value, state, op, fault } = row as Row & { op?: string; fault?: object }
  const values = [value.title ?? value.name, value.text ?? value.email].filter((one) => one != null).join('/')
  return [values, state, ...(op && op !== 'update' ? [op] : [])].join(' ') + (fault ? '!' : '')
}

class Stand {
  readonly world: World
  readonly kind: Kind
  readonly op: 'update' | 'delete' | 'create'
  readonly collection: 'notes' | 'authors'
  tab!: Tab
  /** On this device, and at the server. */
  id = 'n1'
  remoteId: string | number = 'n1'
  /** By part of the play. */
  #forms: string[][] = [[]]

  constructor(world: World, kind: Kind, op: Stand['op'] = 'update', collection: Stand['collection'] = 'notes') {
    this.world = world
    this.kind = kind
    this.op = op
    this.collection = collection
  }

  get control() {
    return this.world.server.control
  }

  get all() {
    return this.tab.app.collection(this.collection as 'notes')
  }

  /** The method of the lane's request. */
  get method(): string {
    const creates = this.collection === 'notes' ? 'PUT' : 'POST'
    return { update: 'PATCH', delete: 'DELETE', create: creates }[this.op]
  }

  get forms(): string {
    return this.#forms.map((part) => part.join(' > ') || '=').join(' | ')
  }

  bar(): void {
    this.#forms.push([])
  }

  forget(): void {
    this.#forms = [[]]
  }

  async open(authors: { idempotencyKey?: true } = {}): Promise<void> {
    const list = this.kind !== 'not listed' && { list: changes }
    const collections = {
      notes: { ids: 'device', create: 'PUT', ...list },
      authors: { ids: 'server', ...authors, ...list },
    } as const
    this.tab = await this.world.open(undefined, { collections })
    this.all.all$.subscribe((rows) => {
      const found = rows?.filter(({ id, remoteId }) => id === this.id || remoteId === this.remoteId)
      const form = found && (found.length > 1 ? 'two rows' : formOf(found[0]))
      if (form !== undefined && form !== this.#forms.flat().at(-1)) this.#forms.at(-1)!.push(form)
    })
    await this.world.stage.quiet()
  }

  async edit(after?: RecordKey[]): Promise<void> {
    const { op, id, all, collection, tab } = this
    const options = after && { after }
    const patch = { [collection === 'notes' ? 'title' : 'name']: 'Mine' }
    await this.world.stage.after<unknown>(
      op === 'create'
        ? tab.app.collection(collection).create(patch as never, { id, ...options })
        : op === 'delete'
          ? all.delete(id, options)
          : all.update(id, patch, options),
    )
  }

  /** The fate of the lane's next request. */
  next(action: object, times: number | 'always' = 1): void {
    const path = { PUT: '/notes/*', POST: `/${this.collection}` }[this.method] ?? `/notes/${this.id}`
    this.control.rules.add({ match: { method: this.method, path }, times, action: action as never })
  }

  async pull(): Promise<void> {
    const { kind, collection, remoteId, control } = this
    if (kind === 'changed')
      control.update(collection, remoteId, collection === 'notes' ? { text: 'theirs' } : { email: 'theirs' })
    else if (kind === 'gone') control.delete(collection, remoteId)
    else control.rules.add({ match: { method: 'GET', path: `/${collection}` }, action: { do: 'answer', body: [] } })
    await this.world.stage.after(this.all.refresh())
  }

  /** The record's row gets a form of a later version. */
  async outdate(): Promise<void> {
    const { indexedDB } = this.world.stage.device
    const [{ name }] = (await indexedDB.databases()) as [{ name: string }]
    const database = await resultOf(indexedDB.open(name))
    const transaction = database.transaction('records', 'readwrite')
    const records = transaction.objectStore('records')
    const row: object = await resultOf(records.get(['ann', 'notes', this.id]))
    records.put({ ...row, v: 9 })
    await completionOf(transaction)
    database.close()
  }
}

/** Brings the lane of an update or a deletion into the state; the returned function lets it go on. */
const enter: Record<Exclude<State, 'undecided'>, (stand: Stand) => Promise<() => unknown>> = {
  resting: async () => () => {},
  async queued(stand) {
    stand.control.rules.add({ match: { method: 'PUT' }, action: { do: 'too-many-requests', retryAfter: 60 } })
    await stand.world.stage.after(stand.tab.notes.create({ title: 'Other' }))
    await stand.edit()
    return () => {}
  },
  async paused(stand) {
    stand.next({ do: 'gateway', status: 502 })
    await stand.edit()
    return () => {}
  },
  async doubted(stand) {
    stand.next({ do: 'problem', status: 409 })
    stand.control.rules.add({ match: { method: 'GET', path: '/notes/n1' }, action: { do: 'hold' } })
    await stand.edit()
    expect(stand.control.held()).toBe(1)
    return () => stand.control.release()
  },
  async 'under-way'(stand) {
    stand.next({ do: 'hold' })
    await stand.edit()
    expect(stand.control.held()).toBe(1)
    return () => stand.control.release()
  },
  async abandoned(stand) {
    stand.next({ do: stand.op === 'update' ? 'hold-answer' : 'hold' })
    await stand.edit()
    stand.tab.kill()
    await stand.open()
    return () => stand.control.release()
  },
  async unknown(stand) {
    stand.next({ do: stand.op === 'update' ? 'lose-answer' : 'refuse' })
    await stand.edit()
    return () => {}
  },
  async owing(stand) {
    stand.control.rules.add({ match: { method: 'PATCH' }, action: { do: 'lose-answer' } })
    await stand.tab.notes.update(stand.id, { title: 'First' })
    await stand.world.stage.advance(10_000)
    await stand.edit()
    await stand.world.stage.advance(6_000)
    expect(stand.tab.app.status$.value.pending).toBe(0)
    const rows = (await stand.world.stage.rows())['records'] as { id: string; lookBacks?: object[] }[]
    expect(rows.find(({ id }) => id === stand.id)?.lookBacks).toHaveLength(1)
    return () => {}
  },
  async dependent(stand) {
    stand.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
    const { key } = await stand.tab.notes.create({ title: 'Held' })
    await stand.edit([key])
    return () => stand.control.release()
  },
  async held(stand) {
    stand.next({ do: 'hold' })
    await stand.edit()
    stand.tab.kill()
    await stand.outdate()
    await stand.open()
    return () => stand.control.release()
  },
  async split(stand) {
    stand.next({ do: 'problem', status: 422 })
    stand.next({ do: 'hold' })
    await stand.tab.app.together(() => {
      void stand.tab.notes.update(stand.id, { title: 'Mine' })
      void stand.tab.notes.update(stand.id, { slug: 'mine' } as never)
    })
    await stand.world.stage.quiet()
    expect(stand.control.held()).toBe(1)
    return () => stand.control.release()
  },
  async stalled(stand) {
    const { stage } = stand.world
    stand.control.create('notes', { id: 'well', title: 'Well' })
    stand.next({ do: 'gateway', status: 502 }, 'always')
    await stand.edit()
    stage.clock.jump(6 * day)
    await stage.after(stand.tab.notes.update('well', { title: 'Better' }))
    await stage.advance(300_000)
    stage.clock.jump(2 * day)
    await stage.advance(300_000)
    expect(stand.tab.app.faults.open$.value).toMatchObject([{ kind: 'stalled' }])
    return async () => {
      stand.control.rules.clear()
      await stand.tab.app.flush()
    }
  },
  async refused(stand) {
    stand.next({ do: 'problem', status: 422 })
    await stand.edit()
    expect(stand.tab.app.faults.open$.value).toMatchObject([{ kind: 'validation' }])
    return () => {}
  },
}

/** A form in brackets may be shown for a moment: it is of a transaction of its own. */
function formsOf(cell: string): RegExp {
  const text = cell.replaceAll(/[|!/]/g, String.raw`\$&`).replaceAll(/\((.*?)\)/g, '(?:$1)?')
  return new RegExp(`^${text}$`)
}

async function play(stand: Stand, goOn: () => unknown): Promise<string> {
  stand.bar()
  await stand.pull()
  stand.bar()
  await goOn()
  await stand.world.stage.quiet()
  await stand.world.stage.advance(90_000)
  return stand.forms
}

/** Of a lane with an update of the title; the change of the page is one of the text. */
const updates: Record<keyof typeof enter, Cells> = {
  resting: {
    changed: '= | Milk/theirs confirmed | =',
    gone: '= | - | =',
    'not listed': '= | - | =',
  },
  queued: {
    changed: 'Milk/old confirmed > Mine/old pending | Mine/theirs pending | Mine/theirs confirmed',
    gone: 'Milk/old confirmed > Mine/old pending | - | =',
    'not listed': 'Milk/old confirmed > Mine/old pending | = | Mine/old confirmed',
  },
  paused: {
    changed: 'Mine/old pending | = | (Mine/theirs pending > )Mine/theirs confirmed',
    gone: 'Mine/old pending | = | -',
    'not listed': 'Mine/old pending | = | Mine/old confirmed',
  },
  doubted: {
    changed: 'Mine/old pending | = | Milk/theirs refused!',
    gone: 'Mine/old pending | = | -',
    'not listed': 'Mine/old pending | = | Milk/old refused!',
  },
  'under-way': {
    changed: 'Mine/old pending | = | Mine/theirs confirmed',
    gone: 'Mine/old pending | = | -',
    'not listed': 'Mine/old pending | = | Mine/old confirmed',
  },
  abandoned: {
    changed: 'Mine/old pending | = | Mine/theirs confirmed',
    gone: 'Mine/old pending | = | -',
    'not listed': 'Mine/old pending | = | Mine/old confirmed',
  },
  unknown: {
    changed: 'Mine/old pending | = | Mine/theirs confirmed',
    gone: 'Mine/old pending | = | -',
    'not listed': 'Mine/old pending | = | Mine/old confirmed',
  },
  owing: {
    changed:
      'First/old pending > First/old confirmed > Mine/old pending > Mine/old confirmed | Mine/theirs confirmed | =',
    gone: 'First/old pending > First/old confirmed > Mine/old pending > Mine/old confirmed | - | =',
    'not listed': 'First/old pending > First/old confirmed > Mine/old pending > Mine/old confirmed | = | =',
  },
  dependent: {
    changed: 'Milk/old confirmed > Mine/old pending | Mine/theirs pending | Mine/theirs confirmed',
    gone: 'Milk/old confirmed > Mine/old pending | - | =',
    'not listed': 'Milk/old confirmed > Mine/old pending | = | Mine/old confirmed',
  },
  held: {
    changed: 'Mine/old pending | = | =',
    gone: 'Mine/old pending | = | =',
    'not listed': 'Mine/old pending | = | =',
  },
  split: {
    changed: 'Mine/old pending | = | Mine/theirs confirmed',
    gone: 'Mine/old pending | = | -',
    'not listed': 'Mine/old pending | = | Mine/old confirmed',
  },
  stalled: {
    changed: 'Mine/old pending > Mine/old pending! | = | (Mine/theirs pending! > )Mine/theirs confirmed',
    gone: 'Mine/old pending > Mine/old pending! | = | -',
    'not listed': 'Mine/old pending > Mine/old pending! | = | Mine/old confirmed',
  },
  refused: {
    changed: 'Mine/old pending > Milk/old refused! | = | Milk/theirs refused!',
    gone: 'Mine/old pending > Milk/old refused! | = | -',
    'not listed': 'Mine/old pending > Milk/old refused! | = | =',
  },
}

/** Not of a deletion: it is not halved, and a late copy of an update finds no record behind it. */
const notDeletions = ['resting', 'split', 'owing'] as const
/** Of a lane with a deletion. */
const deletions: Record<Exclude<keyof typeof enter, (typeof notDeletions)[number]>, Cells> = {
  queued: {
    changed: 'Milk/old confirmed > - | = | =',
    gone: 'Milk/old confirmed > - | = | =',
    'not listed': 'Milk/old confirmed > - | = | =',
  },
  paused: {
    changed: '- | = | =',
    gone: '- | = | =',
    'not listed': '- | = | =',
  },
  doubted: {
    changed: '- | = | Milk/theirs refused delete!',
    gone: '- | = | =',
    'not listed': '- | = | Milk/old refused delete!',
  },
  'under-way': {
    changed: '- | = | =',
    gone: '- | = | =',
    'not listed': '- | = | =',
  },
  abandoned: {
    changed: '- | = | =',
    gone: '- | = | =',
    'not listed': '- | = | =',
  },
  unknown: {
    changed: '- | = | =',
    gone: '- | = | =',
    'not listed': '- | = | =',
  },
  dependent: {
    changed: 'Milk/old confirmed > - | = | =',
    gone: 'Milk/old confirmed > - | = | =',
    'not listed': 'Milk/old confirmed > - | = | =',
  },
  held: {
    changed: '- | = | =',
    gone: '- | = | =',
    'not listed': '- | = | =',
  },
  stalled: {
    changed: '- | = | =',
    gone: '- | = | =',
    'not listed': '- | = | =',
  },
  refused: {
    changed: '- > Milk/old refused delete! | = | Milk/theirs refused delete!',
    gone: '- > Milk/old refused delete! | = | -',
    'not listed': '- > Milk/old refused delete! | = | =',
  },
}

describe.each<['update' | 'delete', Record<string, Cells>]>([
  ['update', updates],
  ['delete', deletions],
])('of a lane with a pending %s', (op, table) => {
  describe.each(Object.entries(table))('that is %s, a pull', (state, cells) => {
    it.each(kinds)('in which the record is %s', async (kind) => {
      const stand = new Stand(await listWorld(), kind, op)
      stand.control.create('notes', { id: 'n1', title: 'Milk', text: 'old' })
      await stand.open()
      stand.forget()
      const goOn = await enter[state as keyof typeof enter](stand)
      expect(await play(stand, goOn)).toMatch(formsOf(cells[kind]))
    })
  })
})

/** Of a creation whose record the server has made by the time of the pull. `undecided`: the person is asked by then. */
const makes: Record<'under-way' | 'abandoned' | 'unknown' | 'undecided', (stand: Stand) => Promise<() => unknown>> = {
  async 'under-way'(stand) {
    stand.next({ do: 'hold-answer' })
    await stand.edit()
    return () => stand.control.release()
  },
  async abandoned(stand) {
    stand.next({ do: 'hold-answer' })
    await stand.edit()
    stand.tab.kill()
    await stand.open({ idempotencyKey: true })
    return () => stand.control.release()
  },
  async unknown(stand) {
    stand.next({ do: 'lose-answer' })
    await stand.edit()
    return () => {}
  },
  async undecided(stand) {
    stand.next({ do: 'gateway', status: 502 })
    await stand.edit()
    await stand.world.stage.advance(60_000)
    expect(stand.tab.app.faults.open$.value).toMatchObject([{ kind: 'unknown' }])
    // A late copy of the request arrives after all.
    stand.control.create('authors', { name: 'Mine' })
    return () => {}
  },
}

/** The record is named by the device. */
const namedHere: Record<Exclude<keyof typeof makes, 'undecided'>, Cells> = {
  'under-way': {
    changed: 'Mine pending create | = | Mine confirmed > Mine/theirs confirmed',
    gone: 'Mine pending create | = | Mine confirmed > -',
    'not listed': 'Mine pending create | = | Mine confirmed',
  },
  abandoned: {
    changed: 'Mine pending create | = | Mine/theirs confirmed',
    gone: 'Mine pending create | = | Mine confirmed',
    'not listed': 'Mine pending create | = | Mine confirmed',
  },
  unknown: {
    changed: 'Mine pending create | = | Mine/theirs confirmed',
    gone: 'Mine pending create | = | Mine confirmed',
    'not listed': 'Mine pending create | = | Mine confirmed',
  },
}
/** The record is named by the server, which takes a key; where the person is asked, it takes none. */
const namedThere: Record<keyof typeof makes, Cells> = {
  'under-way': {
    changed: 'Mine pending create | = | Mine confirmed > Mine/theirs confirmed',
    gone: 'Mine pending create | = | Mine confirmed > -',
    'not listed': 'Mine pending create | = | Mine confirmed',
  },
  abandoned: {
    changed: 'Mine pending create | = | Mine confirmed > Mine/theirs confirmed',
    gone: 'Mine pending create | = | Mine confirmed > -',
    'not listed': 'Mine pending create | = | Mine confirmed',
  },
  unknown: {
    changed: 'Mine pending create | = | Mine confirmed > Mine/theirs confirmed',
    gone: 'Mine pending create | = | Mine confirmed > -',
    'not listed': 'Mine pending create | = | Mine confirmed',
  },
  undecided: {
    changed: 'Mine pending create > Mine pending create! | Mine/theirs confirmed | =',
    gone: 'Mine pending create > Mine pending create! | = | =',
    'not listed': 'Mine pending create > Mine pending create! | = | =',
  },
}

describe.each<['notes' | 'authors', Record<string, Cells>]>([
  ['notes', namedHere],
  ['authors', namedThere],
])('of a lane with a creation in %s', (collection, table) => {
  describe.each(Object.entries(table))('that is %s, a pull', (state, cells) => {
    it.each(kinds)('in which the record is %s', async (kind) => {
      const stand = new Stand(await listWorld(), kind, 'create', collection)
      await stand.open(state === 'undecided' ? {} : { idempotencyKey: true })
      stand.id = collection === 'notes' ? 'n1' : stand.all.newId()
      stand.remoteId = collection === 'notes' ? 'n1' : 1
      stand.forget()
      const goOn = await makes[state as keyof typeof makes](stand)
      expect(await play(stand, goOn)).toMatch(formsOf(cells[kind]))
    })
  })
})
