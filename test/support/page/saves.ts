/* A page that saves edits while there is no network, and tells after the next start how many are left. */
import { filter, firstValueFrom, type Observable } from 'rxjs'
import { openClient } from '../../../src/index.js'
import type { Status } from '../../../src/index.js'
import { restEndpoints } from '../../../src/rest/endpoint.js'

export interface Saves {
  /** Resolves when all of them are saved, one after the other. */
  save(count: number): Promise<void>
  pending(): Promise<number>
}

declare global {
  var saves: Saves
}

const app = openClient<{ notes: { id: string; text: string } }>({
  endpoints: restEndpoints({ url: `${location.origin}/api/`, collections: { notes: { ids: 'device' } } }),
  platform: {
    // Nothing is sent and no log is replaced: either would have the browser write out the saves before it.
    connectivity: { online: false, onChange: () => () => {} },
    databases: { factory: { indexedDB, IDBKeyRange } },
  },
})

globalThis.saves = {
  async save(count) {
    await app.session.use('ann')
    for (let n = 0; n < count; n++) await app.collection('notes').create({ text: `note ${n}` })
  },
  async pending() {
    const status$ = app.status$ as Observable<Status>
    return (await firstValueFrom(status$.pipe(filter(({ phase }) => phase !== 'opening')))).pending
  },
}
