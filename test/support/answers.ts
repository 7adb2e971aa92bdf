/*
 * Answers that prove nothing (G12), of servers and of machines that pose as them: such an answer proves only that it came.
 * Readers: the endpoint (test/backendless/endpoint.test.ts), the whole client (test/scenario/hostile-answers.test.ts), and
 * each engine's own fetch (test/browser/endpoint-in-page.test.ts). Answers that only bytes on a socket can give are in
 * test/scenario/hostile-wire.test.ts.
 */
import type { Action } from '../../demo/server/control/rules.js'
import type { Properties } from '../../src/backendless/index.js'
import type { FailureKind } from '../../src/model/failure.js'

/** Answers one request; `good` is the record that a good answer would hold. */
export type Answering = (good: Properties, request: Request) => Response | Promise<Response>

/** An answer that a server can be told to give. */
export interface Said {
  /** Default 200. */
  readonly status?: number
  /** Default JSON, for an answer with a text. */
  readonly type?: string
  readonly headers?: { readonly [name: string]: string }
  /** The body; none by default. */
  readonly text?: string | ((good: Properties) => string)
}

export interface UnprovenAnswer extends Said {
  /** The number in a list of 85 hostile answers. */
  readonly n?: number
  readonly what: string
  /** In place of the other members: an answer that no server can be told to give. */
  readonly make?: Answering
  /** The failure's kind. Default `server`. */
  readonly kind?: FailureKind
  /** A part of the message. */
  readonly says?: string
  /** A login that is answered so is one: what is wrong concerns the record that was asked for. */
  readonly isLogin?: boolean
  /** The engine that keeps it from its pages, for which then nobody has answered. */
  readonly hiddenBy?: 'chromium'
}

/** Sends what is said of a good record. */
export function responseOf({ make, status = 200, headers, ...said }: Said & { make?: Answering }): Answering {
  if (make) return make
  return (good) => {
    const text = textOf(said, good)
    const type = text === undefined ? {} : { 'content-type': said.type ?? 'application/json' }
    return new Response(text ?? null, { status, headers: { ...type, ...headers } })
  }
}

/** The rule by which the local server gives the answer. */
export function actionOf({ status = 200, headers, ...said }: Said, good: Properties): Action {
  const text = textOf(said, good)
  if (text === undefined) return { do: 'answer', status, headers: { ...headers } }
  return { do: 'answer', status, text, headers: { 'content-type': said.type ?? 'application/json', ...headers } }
}

function textOf({ text }: Said, good: Properties): string | undefined {
  return typeof text === 'function' ? text(good) : text
}

const html = '<!doctype html><title>Log in to the network</title>'

/** A page in place of an answer. */
export const page = (status: number, headers: { [name: string]: string } = {}): Said => ({
  status,
  type: 'text/html',
  text: html,
  headers,
})
export const json = (value: unknown, status = 200): Said => ({ status, text: JSON.stringify(value) })
/** The good record, changed. */
export const changed = (change: (good: Properties) => unknown, status = 200): Said => ({
  status,
  text: (good) => JSON.stringify(change(good)),
})
/** The good record with more members, as text, in front of its own. */
export const also = (members: string): Said => ({ text: (good) => `{${members},${JSON.stringify(good).slice(1)}` })

const bytes = (make: (good: Properties) => BodyInit): { make: Answering } => ({
  make: (good) => new Response(make(good), { headers: { 'content-type': 'application/json' } }),
})
const stream = (source: (good: Properties) => UnderlyingDefaultSource<Uint8Array>): { make: Answering } =>
  bytes((good) => new ReadableStream(source(good)))

/** How many bytes have been taken of the body that never ends. */
export const taken = { bytes: 0 }
const endless = stream(() => {
  taken.bytes = 0
  const chunk = new Uint8Array(65_536).fill(32)
  return { pull: (controller) => ((taken.bytes += chunk.length), controller.enqueue(chunk)) }
})
const begun = (good: Properties): Uint8Array => new TextEncoder().encode(JSON.stringify(good).slice(0, 10))
const broken = (): never => {
  throw new TypeError('Failed to fetch')
}
const never: Answering = (_good, { signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))

const [notJson, wrongType, noUtf8] = ['not valid JSON', 'is not JSON but "text/html"', 'not UTF-8']
const [prototype, deep] = ['prototype', 'nested too deeply']

export const unprovenAnswers: readonly UnprovenAnswer[] = [
  { n: 1, what: 'a portal page', ...page(200), says: wrongType },
  { n: 2, what: 'a page that calls itself JSON', text: html, says: notJson },
  { what: 'the record, called a page', ...changed((good) => good), type: 'text/html', says: wrongType },
  { what: 'the record, of no type', ...changed((good) => good), type: '', says: 'is not JSON but ""' },
  { n: 3, what: 'an empty text', text: '' },
  { n: 4, what: 'null', text: 'null' },
  { n: 5, what: 'an empty list', text: '[]' },
  ...['"ok"', 'true', '0', '{}'].map((text) => ({ n: 6, what: text, text })),
  { n: 7, what: '204', status: 204 },
  { n: 8, what: 'JSON that breaks off', text: (good) => JSON.stringify(good).slice(0, -5), says: notJson },
  { n: 10, what: 'bytes after the JSON', text: (good) => `${JSON.stringify(good)}x`, says: notJson },
  { n: 10, what: 'two records', text: (good) => JSON.stringify(good).repeat(2), says: notJson },
  {
    n: 11,
    what: 'a key twice, the last one wrong',
    text: (good) => `${JSON.stringify(good).slice(0, -1)},"objectId":""}`,
  },
  { n: 12, what: '__proto__', ...also('"__proto__":{"polluted":true}'), says: prototype },
  { n: 12, what: '__proto__ inside', ...also('"prefs":[{"__proto__":{"polluted":true}}]'), says: prototype },
  { n: 13, what: 'constructor.prototype', ...also('"constructor":{"prototype":{"polluted":true}}'), says: prototype },
  { n: 14, what: '100,000 lists in each other that never end', text: '['.repeat(100_000), says: notJson },
  { n: 14, what: '100,000 lists in each other', text: '['.repeat(100_000) + ']'.repeat(100_000) },
  { n: 14, what: 'a value nested too deeply', ...also(`"prefs":${'['.repeat(1000)}${']'.repeat(1000)}`), says: deep },
  { n: 15, what: 'a body that never ends', ...endless, says: 'longer than' },
  {
    n: 18,
    what: 'UTF-16',
    ...bytes((good) => Uint16Array.from(JSON.stringify(good), (c) => c.charCodeAt(0))),
    says: notJson,
  },
  {
    n: 18,
    what: 'Latin-1',
    ...bytes((good) => Uint8Array.from(`{"a":"é",${JSON.stringify(good).slice(1)}`, (c) => c.charCodeAt(0))),
    says: noUtf8,
  },
  {
    n: 19,
    what: 'a body that stops coming',
    ...stream((good) => ({ start: (to) => to.enqueue(begun(good)) })),
    kind: 'timeout',
  },
  {
    what: 'a body that breaks off',
    ...stream(() => ({ start: (to) => to.error(new TypeError('reset')) })),
    says: 'broke off',
  },
  { n: 20, what: 'no answer', make: never, kind: 'timeout' },
  { n: 22, what: 'a network error', make: broken, kind: 'unreachable' },
  { n: 25, what: 'the record of another', ...changed((good) => ({ ...good, objectId: 'other' })), isLogin: true },
  { what: 'a list with the record', ...changed((good) => [good]), says: 'a list' },
  { n: 29, what: 'a number beyond all limits', ...also('"score":1e400'), says: 'number' },
  { n: 29, what: 'NaN', ...also('"score":NaN'), says: notJson },
  ...[null, '', {}, [], '.', '..', undefined].map((objectId) => ({
    n: 31,
    what: `the id as ${JSON.stringify(objectId)}`,
    ...changed((good) => ({ ...good, objectId })),
    says: 'without an id',
  })),
  {
    n: 36,
    what: '10 MB of text',
    ...bytes((good) => JSON.stringify({ ...good, city: 'x'.repeat(10_000_000) })),
    says: 'longer than',
  },
  { n: 40, what: '201 with a Location', status: 201, headers: { location: '/elsewhere' } },
  ...[201, 202, 207].map((status) => ({
    n: 41,
    what: `${status} with the record`,
    ...changed((good) => good, status),
  })),
  ...[301, 302, 303].map((status) => ({ n: 43, what: `${status}`, status, headers: { location: '/login' } })),
  ...[307, 308].map((status) => ({ n: 44, what: `${status}`, status, headers: { location: 'https://evil.example/' } })),
  { n: 45, what: '304', status: 304 },
  { n: 47, what: '400 from a firewall', ...page(400) },
  { what: '400 with the record', ...changed((good) => good, 400) },
  { what: '400 with a fault whose code is a text', ...json({ code: '3045', message: 'no' }, 400) },
  { n: 48, what: '401 that the backend does not confirm', ...page(401) },
  { n: 51, what: '403 from a proxy', ...page(403) },
  { n: 51, what: '403 in JSON, with a word for a code', ...json({ code: 'FORBIDDEN', message: 'no' }, 403) },
  { n: 53, what: '404 while the endpoint is deployed', ...page(404) },
  { n: 53, what: '404 in JSON, without a code', ...json({ message: 'no Route matched' }, 404) },
  ...[405, 501].map((status) => ({ n: 54, what: `${status}`, ...page(status) })),
  { n: 55, what: '407', ...page(407), hiddenBy: 'chromium' },
  { n: 55, what: '511', ...page(511) },
  ...[408, 425].map((status) => ({ n: 56, what: `${status}`, status, text: '', kind: 'busy' as const })),
  { n: 57, what: '409 and nothing', status: 409 },
  { n: 58, what: '409 with a page', ...page(409) },
  { n: 59, what: "409 with the server's record", ...changed((good) => good, 409) },
  { n: 60, what: "409 with another's record", ...changed((good) => ({ ...good, objectId: 'other' }), 409) },
  { n: 61, what: '410', ...page(410) },
  { n: 61, what: '410 in JSON', ...json({ error: 'gone' }, 410) },
  { n: 62, what: '413', ...page(413) },
  ...[415, 406].map((status) => ({ n: 63, what: `${status}`, ...page(status) })),
  { n: 64, what: '422 and nothing', status: 422 },
  { n: 64, what: '422 in JSON that is no fault', ...json({ errors: { name: ['bad'] } }, 422) },
  ...[423, 428].map((status) => ({ n: 67, what: `${status}`, ...page(status) })),
  { n: 68, what: '426', ...page(426) },
  { n: 69, what: '429 and nothing', status: 429, kind: 'busy' },
  ...['-5', 'Mon, 23 Nov 2020 12:00:00 GMT', '1000000000', 'soon', '1e9', '00012'].map((wait) => ({
    n: 69,
    what: `429, to come again after "${wait}"`,
    ...json({ error: 'slow down' }, 429),
    headers: { 'retry-after': wait },
    kind: 'busy' as const,
  })),
  ...[431, 451].map((status) => ({ n: 70, what: `${status}`, ...page(status) })),
  { n: 72, what: '500 with a page', ...page(500) },
  { n: 72, what: '500 and nothing', status: 500 },
  { n: 72, what: '500 in JSON that is no fault', ...json({ error: 'Internal Server Error', status: 500 }, 500) },
  ...[502, 504].map((status) => ({ n: 73, what: `${status}`, ...page(status) })),
  { n: 73, what: '502 in JSON, with its status for a code', ...json({ code: 502, message: 'Bad gateway' }, 502) },
  { n: 73, what: '503', ...page(503), kind: 'busy' },
  {
    n: 74,
    what: '503 with a wait in the past',
    ...page(503, { 'retry-after': 'Mon, 23 Nov 2020 12:00:00 GMT' }),
    kind: 'busy',
  },
  ...[520, 599].map((status) => ({ n: 75, what: `${status}`, ...page(status) })),
  { n: 75, what: 'an opaque error', make: () => Response.error() },
  { n: 76, what: 'an error that the page may not read', make: broken, kind: 'unreachable' },
]
