// Floor 3: pauses while the page may be frozen, or taken into a back/forward cache.
import type { Clock, Visibility } from '../platform/platform.js'

/** A page that got the event, and still runs after this long, was not frozen. */
const frozenWithinMs = 1_000

export interface Pauses {
  /** Resolves when the page runs again; no transaction begins before. */
  readonly over: Promise<void> | undefined
  close(): void
}

/** `giveUp`: an open transaction would stay open in a frozen page, and keep every other context from the database. */
export function createPauses(clock: Clock, visibility: Visibility, giveUp: () => void): Pauses {
  let over: Promise<void> | undefined
  let goOn = (): void => {}
  const unlisten = visibility.onEvent((event) => {
    if (event !== 'freeze' && event !== 'pagehide') return event === 'hide' ? undefined : goOn()
    giveUp()
    goOn()
    const waking = new AbortController()
    goOn = () => waking.abort()
    over = clock.sleep(frozenWithinMs, waking.signal)
  })
  return {
    get over() {
      return over
    },
    close() {
      unlisten()
      goOn()
    },
  }
}
