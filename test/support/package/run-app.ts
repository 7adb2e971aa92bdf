import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as reservePort } from 'node:net'
import { killTree } from '../engines/process-tree.js'

export interface ServedApp {
  readonly url: string
  stop(): Promise<void>
}

/** An app's server takes that long at most to answer, on a loaded machine. */
const ANSWERS_WITHIN_MS = 120_000

/** Starts a server of the app's own tools on a port, by default a free one, and resolves when it answers. */
export async function startAppServer(
  folder: string,
  script: string,
  options: (port: number) => string[],
  givenPort?: number,
): Promise<ServedApp> {
  const port = givenPort ?? (await freePort())
  const child = spawn(process.execPath, [`node_modules/${script}`, ...options(port)], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: appEnvironment(),
  })
  const url = `http://127.0.0.1:${port}/`
  const deadline = performance.now() + ANSWERS_WITHIN_MS
  const stop = (): Promise<void> => killTree(child.pid!)
  for (;;) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return { url, stop }
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop()
      throw new Error(`${script} in ${folder} did not answer at ${url} (exit code ${child.exitCode})`)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** A page with one script, in the memory of this process. */
export async function servePage(script: string): Promise<ServedApp> {
  const server: Server = createServer((request, response) => {
    const isScript = request.url === '/index.js'
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html')
    response.end(
      isScript
        ? script
        : '<!doctype html><title>Notes</title><body></body><script type="module" src="/index.js"></script>',
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async stop() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** The environment of an app's tools: not that of the tests, which say `NODE_ENV=test`. */
export function appEnvironment(): NodeJS.ProcessEnv {
  const { NODE_ENV: _, VITEST: __, ...others } = process.env
  return { ...others, NEXT_TELEMETRY_DISABLED: '1' } as NodeJS.ProcessEnv
}

async function freePort(): Promise<number> {
  const server = reservePort().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}
