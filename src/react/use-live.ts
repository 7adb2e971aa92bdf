// Floor 7: a stream as a component sees it.
import { useMemo, useSyncExternalStore } from 'react'

/** A stream of the app. One with a `value` is a live value. */
export interface Stream<T> {
  /** The value now. A stream without one, such as `pending$`, has none before somebody subscribes. */
  readonly value?: T
  /** Calls `next` with the newest value at once, and with each later one, until `unsubscribe` is called. */
  subscribe(next: (value: T) => void): {
    /** Ends the calls of `next`. */
    unsubscribe(): void
  }
}

/**
 * The stream's newest value; renders again for each other one. `onServer`: the value while a server renders and while React
 * hydrates; also until a stream without a `value`, such as `pending$`, has given one. Default `undefined`.
 */
export function useLive<T>(live$: Stream<T> | undefined): T | undefined
export function useLive<T>(live$: Stream<T> | undefined, onServer: T): T
export function useLive<T>(live$: Stream<T> | undefined, onServer?: T): T | undefined {
  const { subscribe, read } = useMemo(() => storeOf(live$), [live$])
  const value = useSyncExternalStore(subscribe, read, nothing)
  return value === undefined ? onServer : value
}

const nothing = (): undefined => undefined

function storeOf<T>(live$: Stream<T> | undefined): {
  subscribe(changed: () => void): () => void
  read(): T | undefined
} {
  let last: T | undefined
  return {
    subscribe(changed) {
      const subscription = live$?.subscribe((value) => {
        last = value
        changed()
      })
      return () => subscription?.unsubscribe()
    },
    // Of a live value this is never older than what another component of the same render reads.
    read: () => (live$ && 'value' in live$ ? live$.value : last),
  }
}
