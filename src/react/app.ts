// Floor 7: the app that a tree of components uses.
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useSyncExternalStore,
} from 'react'
import type { Collection } from '../client/collection.js'
import type { Faults } from '../client/resolve-fault.js'
import type { Live } from '../live/live-value.js'
import type { Status } from '../live/status.js'

/** The part of an app that the hooks need. */
export interface AnyApp {
  /** For `useSyncStatus`. */
  readonly status$: Live<Status>
  /** For `useFaults`. */
  readonly faults: Faults<any, any, any, any>
  /** Of an app with collections; the same object for the same name. */
  collection?(name: string): Collection<any>
  /** In its place, of an app on Backendless: its tables. */
  table?(name: string): Collection<any>
  /** Of an app whose backend has users. */
  readonly users?: AnyUsers
}

/** The users of an app on Backendless, as far as the hooks use them. */
export interface AnyUsers {
  /** Who is logged in. */
  readonly session$: Live<unknown>
  /** The logged-in user; undefined: nobody is. */
  readonly current$: Live<any>
  /** The properties of the user that are not confirmed. */
  readonly fields$: Live<any>
  /** Saves an edit of the user; resolves with the edit, or with one edit of each property. */
  update(change: any, options?: any): Promise<any>
}

/** The properties of `HoldfastProvider`. */
export interface ProviderProps<A> {
  /** An open app, or a function that opens it: declare it outside of components. */
  app: A | (() => A)
  /** The components that use the app. */
  children?: ReactNode
}

/** A collection, or a table, of the app. Throws a `TypeError` for an app that has neither. */
export function collectionOf(app: AnyApp, name: string): Collection<any> {
  if (app.collection) return app.collection(name)
  if (app.table) return app.table(name)
  throw new TypeError(`"${name}": this app has no collections`)
}

const AppContext = createContext<AnyApp | undefined>(undefined)

/** One app for each function, however often React renders. */
const opened = new WeakMap<() => AnyApp, AnyApp>()

function openOnce(open: () => AnyApp): AnyApp {
  const app = opened.get(open) ?? open()
  opened.set(open, app)
  return app
}

const never = (): (() => void) => () => {}

/**
 * Gives the app to the components below it. `app`: one that is open; or a function that opens it, called once, in a browser
 * only and after hydration, so that a server renders without it. The function has to be the same one at each render: declare
 * it outside of components.
 */
export function HoldfastProvider({ app, children }: ProviderProps<AnyApp>): ReactElement {
  const isInBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  )
  const given = typeof app !== 'function' ? app : isInBrowser ? openOnce(app) : undefined
  return createElement(AppContext.Provider, { value: given }, children)
}

/**
 * The app of the provider above. Where the provider was given a function it is undefined while a server renders and while
 * React hydrates: use it in handlers and effects.
 */
export function useApp<A extends AnyApp = AnyApp>(): A {
  return useContext(AppContext) as A
}
