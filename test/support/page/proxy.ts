/* For suites that run in a page: the proxy in front of the server. */
import { inject } from 'vitest'
import type { ProxyRule, SeenRequest } from '../proxy.js'

async function call<T>(method: string, ...parameters: readonly unknown[]): Promise<T> {
  // As plain text, which needs no preflight.
  const response = await fetch(`${inject('proxyControl')}/${method}`, {
    method: 'POST',
    body: JSON.stringify(parameters),
  })
  return (await response.json()) as T
}

/** The proxy, as far as one user's requests go. */
export function proxyFor(userId: string): {
  add(...rules: readonly ProxyRule[]): Promise<void>
  clear(): Promise<void>
  seen(): Promise<SeenRequest[]>
  held(): Promise<SeenRequest[]>
  release(): Promise<void>
  deliver(): Promise<void>
} {
  const path = `/${userId}`
  return {
    add: (...rules) => call('add', ...rules.map((rule) => ({ ...rule, match: { ...rule.match, path } }))),
    clear: () => call('clear', path),
    seen: () => call('seen', path),
    held: () => call('held', path),
    release: () => call('release', path),
    deliver: () => call('deliver', path),
  }
}
