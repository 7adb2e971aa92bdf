import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startRestServer } from '../../demo/server/rest/start-rest-server.js'
import { startServer } from '../../demo/server/start-server.js'
import { startProxyControl } from './proxy-control.js'
import { startProxy } from './proxy.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** The local server's address, with its control path on. All suites of an engine share the server. */
    serverUrl: string
    /** The token that a request to that path carries in the header `control-token`. */
    controlToken: string
    /** The same with application id and key in its path. */
    apiRoot: string
    /** The same behind a proxy, which does what a network does. */
    proxiedRoot: string
    /** Where the proxy is told what to do. */
    proxyControl: string
    /** The local server in its REST mode, with its control path on and the same token. */
    restUrl: string
    /** The root of its API, with a slash at the end. */
    restRoot: string
  }
}

/** Starts the real server in both modes, with storage on disk, for suites that run in a page, which cannot start one. */
export default async function serverForBrowsers(project: TestProject): Promise<() => Promise<void>> {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-server-'))
  const { url, apiRoot, controlToken, stop } = await startServer({
    data,
    control: true,
    tables: { Order: [{ name: 'title', type: 'STRING' }] },
  })
  project.provide('serverUrl', url)
  project.provide('controlToken', controlToken!)
  project.provide('apiRoot', apiRoot)
  const proxy = await startProxy(url)
  const proxyControl = await startProxyControl(proxy)
  project.provide('proxiedRoot', apiRoot.replace(url, proxy.url))
  project.provide('proxyControl', proxyControl.url)
  const rest = await startRestServer({ data, control: true, controlToken: controlToken! })
  project.provide('restUrl', rest.url)
  project.provide('restRoot', rest.root)
  return async () => {
    await proxyControl.stop()
    await proxy.stop()
    await stop()
    await rest.stop()
    rmSync(data, { recursive: true, force: true })
  }
}
