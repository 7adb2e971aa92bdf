import { listen } from './listen.js'
import type { Connectivity } from './platform.js'

/** The browser's belief about the network; online where it has none. */
export const browserConnectivity: Connectivity = {
  get online() {
    return typeof navigator === 'undefined' || navigator.onLine !== false
  },
  onChange: (listener) => listen(globalThis, ['online', 'offline'], ({ type }) => listener(type === 'online')),
}
