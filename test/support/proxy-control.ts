/* The proxy as a page reaches it: its methods over HTTP, with JSON, from any origin. Answers with what the method returned. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Proxy, ProxyRule } from './proxy.js'

export interface ProxyControl {
  /** `POST <url>/<method>` with a list of parameters. */
  readonly url: string
  stop(): Promise<void>
}

export async function startProxyControl(proxy: Proxy): Promise<ProxyControl> {
  const methods: { [name: string]: (parameters: readonly unknown[]) => unknown } = {
    add: (rules) => proxy.add(...(rules as ProxyRule[])),
    clear: ([path]) => proxy.clear(path as string),
    seen: ([path]) => proxy.seen(path as string),
    held: ([path]) => proxy.held(path as string),
    release: ([path]) => proxy.release(path as string),
    deliver: ([path]) => proxy.deliver(path as string),
  }
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      const method = methods[request.url!.slice(1)]
      const parameters = JSON.parse(body || '[]') as unknown[]
      const result = method ? ((await method(parameters)) ?? null) : null
      response.writeHead(method ? 200 : 404, { 'access-control-allow-origin': '*', 'content-type': 'application/json' })
      response.end(JSON.stringify(result))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const part of request) body += String(part)
  return body
}
