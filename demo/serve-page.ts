import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { build, type Rollup } from 'vite'
import { atNextFreePort } from './next-free-port.js'

const contentTypes: { readonly [extension: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

export interface ServedPage {
  /** Its origin, with a slash at the end. */
  readonly url: string
  stop(): Promise<void>
}

/** Builds the demo's page, in memory, for a server's API root, and serves it at this port, or at the next that is free. */
export async function servePage({ apiRoot, port }: { apiRoot: string; port: number }): Promise<ServedPage> {
  const files = await buildPage(apiRoot)
  const server = createServer((request, response) => {
    // Cut, not parsed: there are requests that no URL can be made of.
    const path = (request.url ?? '/').split('?', 1)[0]
    const name = path === '/' ? 'index.html' : path!.slice(1)
    const file = files.get(name)
    response.writeHead(file === undefined ? 404 : 200, {
      'content-type': contentTypes[file === undefined ? '' : extname(name)] ?? 'text/plain',
      'cache-control': 'no-cache',
    })
    response.end(file ?? 'There is no such page')
  })
  await atNextFreePort(port, async (candidate) => {
    server.listen(candidate, '127.0.0.1')
    await once(server, 'listening')
  })
  const { port: actualPort } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${actualPort}/`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function buildPage(apiRoot: string): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const built = (await build({
    configFile: false,
    root: join(import.meta.dirname, 'app'),
    logLevel: 'warn',
    build: { write: false, target: 'es2022' },
    plugins: [
      {
        name: 'api-root',
        transformIndexHtml: () => [{ tag: 'meta', attrs: { name: 'api-root', content: apiRoot }, injectTo: 'head' }],
      },
    ],
  })) as Rollup.RollupOutput
  return new Map(built.output.map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]))
}
