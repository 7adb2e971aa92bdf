/** Just what of DOM events IndexedDB and Dexie use. */
export interface StorageEvent {
  readonly type: string
  readonly target: Target
  readonly oldVersion?: number
  readonly newVersion?: number | null
  defaultPrevented: boolean
  preventDefault(): void
  stopPropagation(): void
}

type Listener = (event: StorageEvent) => unknown

export class Target {
  readonly #listeners = new Map<string, Set<Listener>>();
  [property: `on${string}`]: unknown

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, (this.#listeners.get(type) ?? new Set()).add(listener))
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener)
  }

  listenersOf(type: string): Listener[] {
    const own = this[`on${type}`]
    return [...(typeof own === 'function' ? [own as Listener] : []), ...(this.#listeners.get(type) ?? [])]
  }
}

/** Tells the target, and then the others if the event rises to them. Returns what a listener threw, if one did. */
export function dispatch(
  type: string,
  path: readonly Target[],
  versions: Pick<StorageEvent, 'oldVersion' | 'newVersion'> = {},
): { event: StorageEvent; thrown?: unknown } {
  let stopped = false
  const event: StorageEvent = {
    type,
    target: path[0]!,
    ...versions,
    defaultPrevented: false,
    preventDefault: () => void (event.defaultPrevented = true),
    stopPropagation: () => void (stopped = true),
  }
  let thrown: { thrown?: unknown } = {}
  for (const target of path) {
    for (const listener of target.listenersOf(type)) {
      try {
        listener.call(target, event)
      } catch (error) {
        thrown = { thrown: error }
      }
    }
    if (stopped) break
  }
  return { event, ...thrown }
}
