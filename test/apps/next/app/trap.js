// On the server these globals of a browser are not to be touched, not even by `typeof`. Not
// `BroadcastChannel`: Node has one, and Dexie opens a channel of its own as it loads.
const trapped = ['IDBKeyRange', 'caches', 'indexedDB', 'localStorage']

if (typeof window === 'undefined')
  for (const name of trapped)
    Object.defineProperty(globalThis, name, {
      configurable: true,
      get() {
        throw new Error(`${name} was touched on a server`)
      },
    })

/** Whether the trap catches: the test reads it in the page. */
export function isTrapSet() {
  try {
    // Nothing that a bundler may leave out.
    return globalThis.indexedDB === null
  } catch {
    return true
  }
}
