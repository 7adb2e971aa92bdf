/* In the page: the work whose flushes are counted. `?root=` is the API, `?database=` a database of the row's own. */
import { filter, firstValueFrom, type Observable } from 'rxjs'
import { openClient, type Status } from '../../../src/index.js'
import { restEndpoints } from '../../../src/rest/endpoint.js'

export interface FlushPage {
  open(): Promise<void>
  /** Awaits each edit before the next one, or all together. Each is of a record of its own. */
  edit(count: number, atOnce: boolean): Promise<void>
  /** Ends the time without a network, and resolves when nothing is pending. */
  send(): Promise<void>
  /** Resolves when the list has so many records. */
  pull(count: number): Promise<void>
}

declare global {
  var flushPage: FlushPage
}

const parameters = new URLSearchParams(location.search)
let online = parameters.has('online')
const listeners = new Set<(online: boolean) => void>()
const app = openClient<{ notes: { id: string; made: string; text: string } }>({
  endpoints: restEndpoints({ url: parameters.get('root')!, collections: { notes: { ids: 'device' } } }),
  database: parameters.get('database')!,
  platform: {
    connectivity: {
      get online() {
        return online
      },
      onChange: (listener) => (listeners.add(listener), () => void listeners.delete(listener)),
    },
  },
})
const status$ = app.status$ as Observable<Status>
const notes = app.collection('notes')
let edits = 0

globalThis.flushPage = {
  open: () => app.session.use('ann'),
  async edit(count, atOnce) {
    const one = (n: number): Promise<unknown> => notes.update(`r${n}`, { text: `text ${edits++}` })
    const numbers = Array.from({ length: count }, (_, n) => n)
    if (atOnce) await Promise.all(numbers.map(one))
    else for (const n of numbers) await one(n)
  },
  async send() {
    online = true
    for (const listener of listeners) listener(true)
    await firstValueFrom(status$.pipe(filter(({ pending, phase }) => pending === 0 && phase === 'idle')))
  },
  async pull(count) {
    await firstValueFrom((notes.all$ as Observable<readonly unknown[]>).pipe(filter((rows) => rows?.length >= count)))
  },
}
