import { join } from 'node:path'
import { startSite } from '../../test/support/engines/site.js'
import { openStory, type StoryBrowser } from './browser.js'
import type { Narrator } from './narrate.js'

/** All that a story is told with. */
export interface StoryParts {
  /** The place of its data. */
  readonly folder: string
  readonly narrator: Narrator
  /** Ends the story. */
  readonly signal: AbortSignal
}

interface StoryServer {
  readonly url: string
  stop(): Promise<void>
}

/** The server and the browser of a story. `F`: a fault as its page tells of it. */
export interface Stage<S extends StoryServer, F> {
  /** The browser that was started last; throws before that. */
  readonly browser: StoryBrowser<F>
  /** Starts the server; again at the same port and on the same data, as one that was down comes back. */
  serve(): Promise<S>
  stopServer(): Promise<void>
  /** Starts Chromium, on the same profile each time. */
  browse(): Promise<StoryBrowser<F>>
  killBrowser(): Promise<void>
}

interface StageOptions<S extends StoryServer> {
  /** The page's script, beside this file. */
  readonly entry: string
  start(options: { port: number; data: string }): Promise<S>
  apiRootOf(server: S): string
}

/** Sets the stage, has the story told on it, and leaves nothing running. Rejects soon after `signal` aborts. */
export async function onStage<S extends StoryServer, F>(
  { folder, narrator: { say, expect }, signal }: StoryParts,
  { entry, start, apiRootOf }: StageOptions<S>,
  tellIt: (stage: Stage<S, F>) => Promise<void>,
): Promise<void> {
  const site = await startSite({ entry: join(import.meta.dirname, entry) })
  let server: S | undefined
  let browser: StoryBrowser<F> | undefined
  // Rejects each wait of the story for the page.
  signal.addEventListener('abort', () => void browser?.kill())
  try {
    await tellIt({
      get browser() {
        return browser!
      },
      async serve() {
        const port = server ? Number(new URL(server.url).port) : 0
        server = await start({ port, data: join(folder, 'server') })
        say('server', `listening on ${server.url}`)
        return server
      },
      async stopServer() {
        await server!.stop()
        const isRefused = await fetch(server!.url).then(
          () => false,
          () => true,
        )
        expect('the server is stopped, and its port refuses connections', isRefused)
      },
      async browse() {
        signal.throwIfAborted()
        say('browser', 'Chromium starts, with its profile on disk')
        const options = { profileDir: join(folder, 'profile'), site, apiRoot: apiRootOf(server!) }
        return (browser = await openStory<F>(options, ({ from, text, atMs }) => say(from, text, atMs)))
      },
      async killBrowser() {
        await browser!.kill()
        say('browser', 'every process got SIGKILL')
      },
    })
  } finally {
    await browser?.kill()
    await server?.stop()
    await site.stop()
  }
}
