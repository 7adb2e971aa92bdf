// Floor 6: addresses below the URL of a backend, and the ids in them. Pure.
import { isSegment } from '../endpoint/address.js'

/** Whether the text is a path below the backend's URL, as it stands: no part of it leads elsewhere. */
export function isCollectionPath(path: unknown): path is string {
  return typeof path === 'string' && path.replace(/\/$/, '').split('/').every(isPart)
}

function isPart(part: string): boolean {
  if (/[?#\\\s]/.test(part)) return false
  try {
    return isSegment(decodeURIComponent(part))
  } catch {
    return false
  }
}

/** Whether the value can name a record: a text that can stand in a path, or a whole number that JavaScript does not round. */
export function isId(value: unknown): value is string | number {
  return typeof value === 'number' ? Number.isSafeInteger(value) : isSegment(value)
}

/** The path of a record in its collection; a slash at the end of the collection's path goes behind the id. */
export function recordPath(collection: string, id: string): string {
  const front = collection.replace(/\/$/, '')
  return `${front}/${encodeURIComponent(id)}${collection.slice(front.length)}`
}

/**
 * The address that a server names, relative to that of its answer, as path and query; `undefined` where it is not below `root`:
 * no token follows it there. A server behind a proxy need not know that it is asked by https.
 */
export function below(root: URL, address: string, from: string): string | undefined {
  try {
    const url = new URL(address, from)
    const isBelow =
      url.host === root.host &&
      url.protocol.startsWith('http') &&
      url.pathname.startsWith(root.pathname) &&
      !url.username &&
      !url.password
    return isBelow ? url.pathname + url.search : undefined
  } catch {
    return undefined
  }
}

/** The address of the next page in a `Link` header (RFC 8288). */
export function nextLink(header: string | null): string | undefined {
  for (const [, address, params] of (header ?? '').matchAll(/<([^<>]*)>([^<]*)/g))
    if (/;\s*rel\s*=\s*(next\b|"(?:[^"]*\s)?next[\s"])/i.test(params!)) return address
  return undefined
}

/** The id at the end of the address that a server gives to a new record. */
export function idAtEnd(address: string): string | undefined {
  try {
    const id = decodeURIComponent(/([^/]*)\/?$/.exec(address.replace(/[?#].*/, ''))![1]!)
    return isSegment(id) ? id : undefined
  } catch {
    return undefined
  }
}
