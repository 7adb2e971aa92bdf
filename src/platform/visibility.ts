import { listen } from './listen.js'
import type { Visibility } from './platform.js'

const page = typeof document === 'undefined' ? undefined : document

/** The page's life; a worker, and Node, are never hidden and get no events. */
export const browserVisibility: Visibility = {
  get hidden() {
    return !!page?.hidden
  },
  onEvent(listener) {
    const offs = [
      listen(page, ['visibilitychange'], () => listener(page?.hidden ? 'hide' : 'show')),
      listen(page, ['freeze', 'resume'], ({ type }) => listener(type as 'freeze' | 'resume')),
      // A first load has a pageshow too; only one that comes from the back/forward cache is a return.
      listen(page && globalThis, ['pagehide', 'pageshow'], (event) => {
        if (event.type === 'pagehide') listener('pagehide')
        else if ((event as PageTransitionEvent).persisted) listener('pageshow')
      }),
    ]
    return () => offs.forEach((off) => off())
  },
}
