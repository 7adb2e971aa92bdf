/* An app with notes on Django REST framework, whose root is `?root=`, by the cookie of a session. It is driven from outside. */
import { openRest, type Client, type Json } from '../../../src/rest/index.js'

interface Note {
  readonly id: string
  readonly title: string
}

export interface DjangoPage {
  readonly client: Client<{ notes: Note }>
  /** Logs in, or out, as the app's own page does: the browser keeps the cookies. */
  logIn(): Promise<void>
  logOut(): Promise<void>
  create(title: string): Promise<{ edit: string; note: string }>
  update(note: string, title: string): Promise<string>
  title(note: string): Promise<string | undefined>
  fate(edit: string): Promise<string>
}

declare global {
  var django: DjangoPage
}

const root = new URLSearchParams(location.search).get('root')!
const csrfToken = (): string => /csrftoken=(\w+)/.exec(document.cookie)?.[1] ?? ''
const post = async (path: string, body: object): Promise<void> => {
  const headers = { 'content-type': 'application/json', 'x-csrftoken': csrfToken() }
  await fetch(root + path, { method: 'POST', credentials: 'include', headers, body: JSON.stringify(body) })
}
const client = openRest<{ notes: Note }>({
  url: root,
  account: 'ann',
  credentials: 'include',
  headers: () => ({ 'x-csrftoken': csrfToken() }),
  session: { path: 'me/', account: (json) => (json as { id: string }).id },
  collections: {
    notes: {
      ids: 'device',
      path: 'notes/',
      list: { page: (json) => ({ records: (json as { results: Json[] }).results }) },
    },
  },
  requestTimeoutMs: 3_000,
})
const notes = client.collection('notes')

globalThis.django = {
  client,
  logIn: () => post('session/', { login: 'ann', password: 'low-tide-at-9' }),
  logOut: () => post('session/end/', {}),
  async create(title) {
    const { id, recordId } = await notes.create({ title })
    return { edit: id, note: recordId }
  },
  update: async (note, title) => (await notes.update(note, { title })).id,
  title: async (note) => (await notes.get(note))?.title,
  fate: async (edit) => (await client.settlement(edit)).outcome,
}
