import { listen } from './listen.js'
import type { Connectivity } from './platform.js'

/** What the browser believes of the network; where nothing tells, online. */
export const browserConnectivity: Connectivity = {
  get online() {
    return typeof navigator === 'undefined' || navigator.onLine !== false
  },
  onChange: (listener) => listen(globalThis, ['online', 'offline'], ({ type }) => listener(type === 'online')),
}
