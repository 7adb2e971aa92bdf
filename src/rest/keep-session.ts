// Floor 6: a session whose token is the app's own begins again where the app may have a new one.
import type { Client, ClientParts } from '../client/client.js'
import type { Platform } from '../platform/platform.js'

/**
 * The client, whose expired session begins again at a start, when the page becomes visible or comes online, and by `flush()`:
 * the app is asked for its token once more.
 */
export function keepSession(
  { client, live, opened }: ClientParts,
  { connectivity, visibility }: Pick<Platform, 'connectivity' | 'visibility'>,
): Client {
  const again = async (): Promise<void> => {
    await opened()
    const session = live.feed.snapshot?.session
    // The token of any other session came with a login, and is no good any more.
    if (session?.expired && !session.hasToken) await client.session.use(session.account)
  }
  /** Where storage refuses, `storage$` says so; where a later call decides, there is nothing to do. */
  const unheard = (): void => void again().catch(() => undefined)
  const ends = [
    connectivity.onChange((online) => {
      if (online) unheard()
    }),
    visibility.onEvent((event) => {
      if (event === 'show' || event === 'pageshow' || event === 'resume') unheard()
    }),
  ]
  unheard()
  return {
    ...client,
    async flush() {
      await again()
      return client.flush()
    },
    close() {
      for (const end of ends) end()
      return client.close()
    },
  }
}
