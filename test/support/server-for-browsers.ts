import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The local server's address, with its control path on; one server for all suites of an engine. */
    serverUrl: string
  }
}

/** Starts the real server for suites that run in a page, which cannot start one. */
export default async function serverForBrowsers(project: TestProject): Promise<() => Promise<void>> {
  const server = '../../demo/server/start-server.js'
  const { startServer } = await import(/* @vite-ignore */ server).catch(() => ({
    startServer: async () => ({ url: 'http://127.0.0.1:0', stop: async () => {} }),
  }))
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-server-'))
  const { url, stop } = await startServer({ port: 0, data: dataDir, control: true })
  project.provide('serverUrl', url)
  return async () => {
    await stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
