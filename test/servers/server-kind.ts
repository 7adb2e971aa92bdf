/* The description of a server that the scenarios of records run on: its start, its options in an app, and its abilities. */
import type { Properties } from '../../src/model/record.js'
import type { RestCollection, RestOptions } from '../../src/rest/endpoint.js'

export type CollectionName = 'notes' | 'authors'
export type Collections = { readonly [name in CollectionName]: RestCollection }

/** A server that runs, with nobody's records in it. */
export interface ServedApi {
  /** Its root: the `url` of a client. */
  readonly url: string
  /** The options of an app whose account, `ann`, may do everything. */
  options(): Partial<RestOptions>
  /** All records of a collection, as the server has them. */
  all(collection: CollectionName): Promise<Properties[]>
  /** One request of another program; resolves with its JSON, and rejects unless it is a 2xx. */
  ask(method: string, path: string, body?: object): Promise<Properties>
  stop(): Promise<void>
}

/** The ways in which an app on a server that names records can learn of a lost answer (R21). */
export type CreationMode = 'by-key' | 'by-find' | 'never'

/** A session whose cookie the device keeps. */
export interface CookieSession<S extends ServedApi> {
  logIn(server: S): Promise<Map<string, string>>
  /** The server forgets it, and the device does not hear of that. */
  end(server: S, cookies: ReadonlyMap<string, string>): Promise<void>
  options(cookies: ReadonlyMap<string, string>): Partial<RestOptions>
}

export interface ServerKind<S extends ServedApi = ServedApi> {
  readonly name: string
  /** The command that installs it, where this machine has it not. */
  installCommand(): string | undefined
  start(): Promise<S>
  /** It is started once for all scenarios, and emptied before each. */
  readonly isSlow?: true
  /** The options of an app on it. The device names notes; the server names authors. */
  readonly collections: Collections
  /** The property of a note that names its author. */
  readonly ref: string
  /** The options of authors whose creations it can tell by each mode. */
  readonly modes: { readonly [mode in CreationMode]?: Partial<RestCollection> }
  /** It refuses a name and a title that are too long. */
  readonly refuses?: { name: string; title: string }
  readonly cookies?: CookieSession<S>
  /** A new token; it ends the older one. */
  readonly newToken?: (server: S) => Promise<string>
  /** Other forms of its answers, with the options of an app that reads them. */
  readonly forms: {
    readonly [
      name in 'envelopes' | 'a write is answered with 204' | 'a write is answered with a part of the record'
    ]?: {
      start?(): Promise<S>
      collections(of: Collections): Collections
    }
  }
  /** The options of notes whose list comes by pages of two. */
  readonly paged?: Partial<RestCollection>
  /** By case or form, the reason for which the server cannot make it. */
  readonly leftOut: { readonly [name: string]: string }
}

/** One request to the API below `url`. */
export async function askApi(
  url: string,
  method: string,
  path: string,
  body?: object,
  headers: { readonly [name: string]: string } = {},
): Promise<{ json: Properties; cookies: Map<string, string> }> {
  const response = await fetch(url + path, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
  const cookies = new Map<string, string>()
  takeCookies(response, cookies)
  return { json: text ? (JSON.parse(text) as Properties) : {}, cookies }
}

/** Keeps the cookies of an answer, as a browser does. */
export function takeCookies(response: Response, cookies: Map<string, string>): void {
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
    if (/;\s*max-age=0/i.test(line)) cookies.delete(name!)
    else cookies.set(name!, value!)
  }
}

export function cookieHeader(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
