/* An observable that is persisted in IndexedDB with its unsent changes, and synced, as the documentation shows it. */
import { observable, syncState } from '@legendapp/state'
import { ObservablePersistIndexedDB } from '@legendapp/state/persist-plugins/indexeddb'
import { synced } from '@legendapp/state/sync'
import { when } from '@legendapp/state'
import { serveBench } from '../page/bench.js'
import { type Contender, sendPatch, sixAtATime, type View } from '../page/contender.js'

type Users = { [id: string]: { [property: string]: string } }

/** The default plugin, which also tells when something is in it. */
class WatchedStorage extends ObservablePersistIndexedDB {
  waiting: (() => void)[] = []

  // The unsent changes are written before this is called.
  override async set(...args: Parameters<ObservablePersistIndexedDB['set']>): Promise<void> {
    const told = this.waiting.splice(0)
    await super.set(...args)
    for (const tell of told) tell()
  }
}

const legend: Contender = {
  async open() {
    const plugin = new WatchedStorage({ databaseName: 'app', version: 1, tableNames: ['users'] })
    const users$ = observable<Users>(
      synced<Users>({
        initial: {},
        // Edits that an earlier visit did not send go out once this has answered. It reads nothing from the backend: it
        // compares nothing.
        get: () => Promise.resolve({}),
        mode: 'assign',
        persist: { name: 'users', plugin, retrySync: true },
        retry: { infinite: true },
        async set({ changes }) {
          const patches = new Map<string, { [property: string]: string }>()
          for (const { path, valueAtPath } of changes) {
            const [id, property] = path as [string | undefined, string | undefined]
            const values: Users =
              id === undefined
                ? valueAtPath
                : { [id]: property === undefined ? valueAtPath : { [property]: valueAtPath } }
            for (const [key, { id: _, ...value }] of Object.entries(values))
              patches.set(key, { ...patches.get(key), ...value })
          }
          await sixAtATime(patches, ([id, patch]) => sendPatch(id, patch))
        },
      }),
    )
    users$.get()
    const state$ = syncState(users$)
    await when(state$.isPersistLoaded)

    return {
      edit(id, patch) {
        const saved = new Promise<void>((resolve) => plugin.waiting.push(resolve))
        users$[id]!.assign(patch)
        return saved
      },
      observe: (id, seen) => {
        seen(users$[id]!.peek() as View)
        return users$[id]!.onChange(({ value }) => seen(value as View))
      },
      // Knows of its own edits only: what is there before makes no difference to it.
      async load() {},
      drained: () =>
        new Promise((resolve) => {
          const isIdle = (): boolean =>
            !state$.numPendingSets.peek() && !Object.keys(state$.getPendingChanges() ?? {}).length
          const check = (): void => {
            if (isIdle()) resolve()
            else setTimeout(check)
          }
          check()
        }),
      refusals: async () => (state$.error.peek() ? 1 : 0),
    }
  },
}

serveBench(legend)
