// Floor 5: when a page asks the browser to wake the service worker.
import type { LiveViews } from '../live/live.js'
import type { BackgroundSync, Visibility } from '../platform/platform.js'
import type { Database } from '../store/database.js'

export interface SyncRequester {
  db: Pick<Database, 'name' | 'onCommit'>
  status$: LiveViews['status$']
  visibility: Visibility
  backgroundSync: BackgroundSync
}

/**
 * Asks for one wake-up, under the database's name, once an edit is saved and pending. Online the wake-up comes at once and is
 * used up, so a page that is hidden with edits pending asks again. Returns the unsubscribe.
 */
export function requestSyncs({ db, status$, visibility, backgroundSync }: SyncRequester): () => void {
  let isAsked = false
  const ask = (): void => {
    if (!isAsked) backgroundSync.register(db.name)
    isAsked = true
  }
  const settled = status$.subscribe(({ pending }) => {
    if (!pending) isAsked = false
  })
  const offs = [
    db.onCommit(({ saved }) => saved && ask()),
    visibility.onEvent((event) => {
      if ((event !== 'hide' && event !== 'pagehide') || !status$.value.pending) return
      isAsked = false
      ask()
    }),
  ]
  return () => {
    settled.unsubscribe()
    for (const off of offs) off()
  }
}
