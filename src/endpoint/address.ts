// Floor 3: the address of a backend, and the parts of a path. Pure.

/** Whether the text can be one part of a path: dots lead elsewhere, in any spelling, and half a character nowhere. */
export function isSegment(text: unknown): text is string {
  return typeof text === 'string' && !/^\.*$|\p{Cs}/u.test(text)
}

/**
 * The URL of a backend. Throws a `TypeError` that begins with `subject`, and does not quote the URL, since it may hold a key.
 */
export function parseUrl(text: string, subject: string): URL {
  let url: URL | undefined
  try {
    url = new URL(text)
  } catch {
    // A check below reports it, with the other defects of a URL.
  }
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password)
    throw new TypeError(`${subject} must be an http(s) URL without credentials, query and fragment`)
  return url
}

/** The path of a URL without the slashes at its end. */
export function trimmedPath({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '')
}

/** FNV-1a, 32 bits: only names a database; the id in it distinguishes backends. */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193)
  return (hash >>> 0).toString(36)
}
