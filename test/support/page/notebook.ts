/* An app with notes on an ordinary HTTP API, whose root is `?root=`. It is driven from outside, with Ann logged in. */
import { filter, firstValueFrom, type Observable } from 'rxjs'
import { openClient, type Client, type Collection } from '../../../src/index.js'
import { restEndpoints } from '../../../src/rest/endpoint.js'

export interface Note {
  readonly id: string
  readonly title: string
  readonly text: string | null
  readonly slug: string | null
}

interface Values {
  readonly [property: string]: string | null
}

/** An edit that is saved: its own id, and its note's. */
export interface Saved {
  readonly id: string
  readonly note: string
}

export interface Shown {
  readonly values: Values | null
  /** How it stands, by its row. */
  readonly state: string | null
}

/** A row of a list: note, title and state. */
export type ListedNote = readonly [note: string, title: string, state: string]

/** A fault as a test compares it. */
export interface NotedFault {
  readonly id: string
  readonly editIds: readonly string[]
  readonly kind: string
  readonly note: string
  readonly properties: readonly string[]
  readonly offending: readonly string[]
  readonly base: { readonly [property: string]: unknown }
  readonly mine: { readonly [property: string]: unknown } | null
  readonly theirs: { readonly [property: string]: unknown } | null | undefined
  /** The note as the page had shown it. */
  readonly view: Values | null
}

export interface Notebook {
  readonly client: Client<{ notes: Note }>
  readonly notes: Collection<Note>
  /** Resolves when Ann is logged in. */
  readonly ready: Promise<void>
  create(values: Values): Promise<Saved>
  update(note: string, values: Values): Promise<Saved>
  delete(note: string): Promise<Saved>
  /** The values of a note that the page shows, by property, or `null`. With `refresh` it asks the backend first. */
  view(note: string, refresh?: boolean): Promise<Values | null>
  /** The notes as the page shows them, by id, once it has asked the backend for each. */
  agreed(ids: readonly string[]): Promise<{ [id: string]: Shown }>
  /** Shows the list of all notes from now on; resolves when it has been read. */
  watch(): Promise<void>
  /** Every list that was shown since then: of each row its note, title and state. */
  lists(): ListedNote[][]
  faults(): NotedFault[]
  /** The outcome of an edit; `pending` if it has none for ten seconds. */
  fate(edit: string): Promise<string>
}

declare global {
  var notebook: Notebook
}

const root = new URLSearchParams(location.search).get('root')!
const client = openClient<{ notes: Note }>({
  endpoints: restEndpoints({ url: root, collections: { notes: { ids: 'device' } } }),
  // Before each update it reads, however short ago it has read: what remains is the window between the two.
  freshForMs: 0,
  requestTimeoutMs: 2_000,
})
const notes = client.collection('notes')

/** The values of a note that are the app's own. */
function valuesOf(note: Partial<Note> | null | undefined): Values | null {
  if (!note) return null
  return Object.fromEntries((['title', 'text', 'slug'] as const).map((name) => [name, note[name] ?? null]))
}

const lists: ListedNote[][] = []

globalThis.notebook = {
  client,
  notes,
  ready: (async () => {
    const { state } = await firstValueFrom(
      (client.session$ as Observable<{ state: string }>).pipe(filter((session) => session.state !== 'opening')),
    )
    if (state !== 'signed-in') await client.session.use('ann')
  })(),
  async create(values) {
    const { id, recordId } = await notes.create(values as Partial<Note>)
    return { id, note: recordId }
  },
  async update(note, values) {
    const { id } = await notes.update(note, values as Partial<Note>)
    return { id, note }
  },
  async delete(note) {
    const { id } = await notes.delete(note)
    return { id, note }
  },
  view: async (note, refresh) => valuesOf(refresh ? await notes.record(note).refresh() : await notes.get(note)),
  async agreed(ids) {
    const found: { [id: string]: Shown } = {}
    for (const id of ids) {
      const record = notes.record(id)
      const subscription = record.state$.subscribe()
      await record.refresh()
      await notes.get(id)
      found[id] = { values: valuesOf(record.value$.value), state: record.state$.value?.state ?? null }
      subscription.unsubscribe()
    }
    return found
  },
  watch: () =>
    new Promise((resolve) => {
      notes.all$.subscribe((rows) => {
        if (!rows) return
        lists.push(rows.map(({ id, value, state }) => [id, value.title, state]))
        resolve()
      })
    }),
  lists: () => lists,
  faults: () =>
    client.faults.open$.value.map(
      ({ id, editIds, kind, recordId, properties, offending, base, mine, theirs, view }) => {
        return { id, editIds, kind, note: recordId, properties, offending, base, mine, theirs, view: valuesOf(view) }
      },
    ),
  // It resolves when the edit settles, which one that is pending may never do.
  fate: (edit) =>
    Promise.race([
      client.settlement(edit).then(({ outcome }) => outcome),
      new Promise<'pending'>((resolve) => setTimeout(() => resolve('pending'), 10_000)),
    ]),
}
