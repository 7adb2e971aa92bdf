/* A store whose actions carry their request, commit and rollback, kept in IndexedDB by localForage. */
import { offline } from '@redux-offline/redux-offline'
import config from '@redux-offline/redux-offline/lib/defaults'
import localForage from 'localforage'
import { legacy_createStore as createStore } from 'redux'
import { serveBench } from '../page/bench.js'
import { api, type Contender, readRecord, sixAtATime, type View } from '../page/contender.js'

type Users = { [id: string]: { [property: string]: unknown } }
interface Action {
  type: string
  payload?: unknown
  meta?: { id?: string; before?: { [property: string]: unknown } }
}

/** The action tells every listener. */
let refusals = 0

function users(state: Users = {}, { type, payload, meta }: Action): Users {
  if (type === 'edit') {
    const { id, patch } = payload as { id: string; patch: object }
    return { ...state, [id]: { ...state[id], ...patch } }
  }
  if (type === 'loaded') return { ...state, ...(payload as Users) }
  // The values from before the edit are put back.
  if (type === 'edit-refused') refusals++
  if (type === 'edit-refused') return { ...state, [meta!.id!]: { ...state[meta!.id!], ...meta!.before } }
  return state
}

const reduxOffline: Contender = {
  async open() {
    let waiting: (() => void)[] = []
    const storage = {
      getItem: (key: string, done?: (error: unknown, value: unknown) => void) =>
        localForage.getItem(key, done as never),
      getAllKeys: (done?: (error: unknown, keys: string[]) => void) => localForage.keys(done as never),
      keys: (done?: (error: unknown, keys: string[]) => void) => localForage.keys(done as never),
      removeItem: (key: string, done?: (error: unknown) => void) => localForage.removeItem(key, done as never),
      async setItem(key: string, value: unknown, done?: (error: unknown) => void) {
        // The outbox is in the part named `offline`.
        const told = key.endsWith(':offline') ? waiting : []
        if (told.length) waiting = []
        await localForage.setItem(key, value)
        done?.(null)
        for (const tell of told) tell()
      },
    }
    const reducer = (state: { users?: Users } = {}, action: Action): { users: Users } => ({
      users: users(state.users, action),
    })
    let store!: ReturnType<typeof createStore>
    await new Promise<void>((resolve) => {
      const enhancer = offline({ ...config, persistOptions: { storage }, persistCallback: () => resolve() } as never)
      store = createStore(reducer as never, enhancer as never)
    })
    const state = (): { users: Users; offline: { outbox: unknown[] } } => store.getState() as never

    return {
      edit(id, patch) {
        const known = state().users[id]
        const before = Object.fromEntries(Object.keys(patch).map((name) => [name, known?.[name]]))
        const saved = new Promise<void>((resolve) => waiting.push(resolve))
        store.dispatch({
          type: 'edit',
          payload: { id, patch },
          meta: {
            offline: {
              effect: { url: `${api}/users/${id}`, method: 'PUT', json: patch },
              commit: { type: 'edit-accepted', meta: { id } },
              rollback: { type: 'edit-refused', meta: { id, before } },
            },
          },
        } as never)
        return saved
      },
      observe(id, seen) {
        let last: unknown
        const look = (): void => {
          const view = state().users[id]
          if (view === last) return
          last = view
          seen(view as View)
        }
        look()
        return store.subscribe(look)
      },
      async load(ids) {
        const loaded: Users = {}
        await sixAtATime(ids, async (id) => {
          loaded[id] = await readRecord(id)
        })
        store.dispatch({ type: 'loaded', payload: loaded } as never)
      },
      drained: () =>
        new Promise((resolve) => {
          const unsubscribe = store.subscribe(() => check())
          const check = (): void => {
            if (state().offline.outbox.length) return
            unsubscribe()
            resolve()
          }
          check()
        }),
      refusals: async () => refusals,
    }
  },
}

serveBench(reduxOffline)
