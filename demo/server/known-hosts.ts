import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/**
 * The hosts that a server on this machine answers for. A page of any site can point a name of its own at 127.0.0.1, and could
 * then read the answers as those of its own origin (DNS rebinding). The Host header still has that site's name.
 */
export interface KnownHosts {
  /** The host name of a Host header, without its port; `undefined` unless the server answers for it. */
  nameIn(header: string | undefined): string | undefined
  /** The address that the server binds to. */
  readonly address: string
}

const loopback = '127.0.0.1'
const loopbackNames: ReadonlySet<string> = new Set([loopback, 'localhost', '[::1]'])
const wildcards: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/**
 * `host` is an address or a name of this machine. With `0.0.0.0` or `::`, the server answers for every address, written as
 * numbers: no site can point those elsewhere. Default: the loopback address.
 */
export function knownHosts(host = loopback): KnownHosts {
  const name = inUrl(host.toLowerCase())
  const isWildcard = wildcards.has(host)
  return {
    address: host,
    nameIn(header) {
      const found = /^(\[[0-9a-f:.]+\]|[^\s:[\]@/?#\\]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase()
      if (found === undefined) return undefined
      const isKnown =
        loopbackNames.has(found) || found === name || (isWildcard && isIP(found.replace(/^\[|\]$/g, '')) > 0)
      return isKnown ? found : undefined
    },
  }
}

/** Whether a host name of a URL means this machine alone. */
export function isLoopbackName(name: string): boolean {
  return loopbackNames.has(name)
}

/** Whether a connection comes from this machine. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address ?? '')
}

/** The name by which this machine reaches a server that is bound to `host`, in the form of a URL. */
export function localName(host: string): string {
  return wildcards.has(host) ? loopback : inUrl(host)
}

/**
 * The names by which other machines reach a server that is bound to `host`, in the form of a URL; none for the loopback
 * address.
 */
export function namesOnNetwork(host: string): string[] {
  if (!wildcards.has(host)) return loopbackNames.has(inUrl(host)) ? [] : [inUrl(host)]
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address)
}

function inUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host
}
