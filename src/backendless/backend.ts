// Floor 6: names the backend, from the options.
import { parseUrl, shortHash, trimmedPath } from '../endpoint/address.js'
import { isFailureKind } from '../model/failure.js'
import type { Json } from '../model/record.js'
import type { FaultKinds } from './fault-codes.js'

/**
 * The application and the rules of its requests: `appId` and `apiKey`, or `baseUrl` alone, a full API root such as
 * `https://xxxx.backendless.app/api`.
 */
export type BackendlessOptions = (
  | {
      appId: string
      apiKey: string
      /** The host. Default `https://api.backendless.com`. */
      baseUrl?: string
    }
  | {
      /** Absent: `baseUrl` names the application. */
      appId?: undefined
      /** Absent: as `appId`. */
      apiKey?: undefined
      baseUrl: string
    }
) & {
  /** Rows that come before the library's own, by code. Default: none. */
  faultKinds?: FaultKinds
  /**
   * Each GET has the query parameter `_` with a value of its own, so that no cache can answer it, that of the app's service worker
   * included. The browser makes one more preflight for each such address. Default true.
   */
  cacheBusting?: boolean
  /**
   * The app id or the base URL under which this application was opened before. The client takes over that session and queue before
   * it shows anything; pages that have the old database open end with `ClosedError`. Default: none.
   */
  movedFrom?: string | undefined
  /**
   * Whether `got` is the backend's form of `sent`, where the library cannot know it (a phone number that the app's server code
   * rewrites). It returns `true` or `false` at once, in either order of the two; an error counts as `false`. `got` is null where an
   * answer does not have the property. Default: the library's own rules alone.
   */
  same?: ((property: string, sent: Json, got: Json) => boolean) | undefined
}

/** The names of the options that name the backend, and rule the requests to it. */
export const backendOptions: readonly (BackendlessOptions extends unknown ? keyof BackendlessOptions : never)[] = [
  'appId',
  'apiKey',
  'baseUrl',
  'faultKinds',
  'cacheBusting',
  'movedFrom',
  'same',
]

export interface Backend {
  /** Ends with a slash. Holds the API key: never shown. */
  root: string
  /** A name of the backend, without a key; two forms of one address give one id. */
  id: string
  database: string
  /** Never part of a failure (G11). */
  apiKey: string
  faultKinds: FaultKinds
  cacheBusting: boolean
  isFormer: ((id: string) => boolean) | undefined
}

/** Throws a `TypeError` for options that name no backend. */
export function backendOf(options: BackendlessOptions): Backend {
  // An app without TypeScript can leave it out.
  const { appId, apiKey, baseUrl, faultKinds = {}, cacheBusting = true, movedFrom } = options ?? {}
  if (appId === undefined && apiKey === undefined ? baseUrl === undefined : !isWord(appId) || !isWord(apiKey)) {
    throw new TypeError(
      `Backendless: give "appId" and "apiKey" (letters, digits, - and _), "baseUrl", or all three; "appId" was ${String(appId)}`,
    )
  }
  for (const [code, kind] of Object.entries(faultKinds)) {
    if (!isFailureKind(kind)) throw new TypeError(`Backendless: faultKinds has no kind "${String(kind)}" for ${code}`)
  }
  const base = parseUrl(baseUrl ?? 'https://api.backendless.com', 'Backendless: "baseUrl"')
  const path = trimmedPath(base) + (appId === undefined ? '' : `/${appId}/${apiKey}`)
  const { id, last } = identityOf(base, path)
  return {
    root: `${base.origin}${path}/`,
    id,
    database: `holdfast-${appId ?? shortHash(id)}`,
    apiKey: apiKey ?? last,
    faultKinds,
    cacheBusting,
    isFormer: movedFrom === undefined ? undefined : isFormerOf(movedFrom, appId),
  }
}

/** A path of two or more segments ends with the API key, but for a custom domain's ".../api". */
function identityOf({ host }: URL, path: string): { id: string; last: string } {
  const [, front = path, last = ''] = /^(.*[^/].*)\/(?!api$)([^/]+)$/.exec(path) ?? []
  return { id: host + front, last }
}

/** A URL may have been opened as a whole, or with the app id beside it. */
function isFormerOf(movedFrom: string, appId: string | undefined): (id: string) => boolean {
  let former = [movedFrom]
  if (!isWord(movedFrom)) {
    const url = parseUrl(movedFrom, 'Backendless: "movedFrom" must be an app id, or it')
    const { id } = identityOf(url, trimmedPath(url))
    former = [id, `${id}/${appId}`]
  }
  return (id) => former.some((end) => `/${id}`.endsWith(`/${end}`))
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && /^[\w-]+$/.test(value)
}
