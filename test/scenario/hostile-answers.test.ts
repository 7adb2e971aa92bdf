/*
 * Answers of servers, and of machines that pose as them: each against an update, a read and a login of the whole client (G8,
 * G11, G12). The numbers are those of a list of 85 such answers; these are not in the table:
 * - 16, 17, 21 need a wire: hostile-wire.test.ts and network-faults.test.ts, which has 23 (one's own copy is refused) as well;
 * - 24, 26, 77 to 79 need a key or an id of each operation in the protocol, 28 a version, 42 batches: there is none;
 * - 27 needs a version as well: an answer that still has the previous value is one that did not store (R4);
 * - 32 and 80 are 25 here, 49 is in session-trouble.test.ts, 81 is the one event of each rejection;
 * - 85 needs an index of the library's own over values: it has none.
 */
import { describe, expect, it } from 'vitest'
import { isHoldfastError, type Properties } from '../../src/backendless/index.js'
import { smallBackend, userId, type Hostile, type SmallBackend } from '../support/small-backend.js'

/** The end of an edit: accepted at once, accepted after more tries, rejected with this kind, or held for a login. */
type Outcome = 'accepted' | 'retried' | 'rejected' | 'held'

interface Row {
  readonly n: number | string
  readonly what: string
  readonly answer: Hostile
  readonly update: Outcome
  /** Whether the same answer is taken by a read and a login. Default: where an update accepts it. */
  readonly read?: boolean
  readonly login?: boolean
}

const html = '<!doctype html><title>Log in to the network</title>'
const page =
  (status: number, headers: { [name: string]: string } = {}): Hostile =>
  () =>
    new Response(html, { status, headers: { 'content-type': 'text/html', ...headers } })
const text =
  (body: BodyInit | null, init: ResponseInit = {}): Hostile =>
  () =>
    new Response(body, { ...init, headers: { 'content-type': 'application/json', ...(init.headers as object) } })
const json =
  (change: (good: Properties) => unknown, init: ResponseInit = {}): Hostile =>
  (good) =>
    text(JSON.stringify(change(good)), init)(good, undefined as never)
const raw =
  (change: (good: string) => string): Hostile =>
  (good) =>
    text(change(JSON.stringify(good)))(good, undefined as never)
const fault = (status: number, code: number, message = 'no'): Hostile =>
  text(JSON.stringify({ code, message, errorData: {} }), { status })
const also = (members: string): Hostile => raw((good) => `{${members},${good.slice(1)}`)

/** Never ends, and counts what was taken of it. */
let takenBytes = 0
const endless = (): Response => {
  takenBytes = 0
  const chunk = new Uint8Array(65_536).fill(32)
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      takenBytes += chunk.length
      controller.enqueue(chunk)
    },
  })
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}
/** Begins, and says no more. */
const stalled = (good: Properties): Response => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(JSON.stringify(good).slice(0, 10))),
  })
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}
const never = (_good: Properties, { signal }: Request): Promise<Response> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
const broken = (): never => {
  throw new TypeError('Failed to fetch')
}

const retried = (n: number | string, what: string, answer: Hostile): Row => ({ n, what, answer, update: 'retried' })
const accepted = (n: number | string, what: string, answer: Hostile): Row => ({ n, what, answer, update: 'accepted' })
const rejected = (n: number | string, what: string, answer: Hostile): Row => ({ n, what, answer, update: 'rejected' })

const rows: readonly Row[] = [
  retried(1, 'a portal page', page(200)),
  retried(2, 'a page that calls itself JSON', text(html)),
  retried(3, 'nothing', text('')),
  retried(4, 'null', text('null')),
  retried(5, 'an empty list', text('[]')),
  ...['"ok"', 'true', '0'].map((body) => retried(6, body, text(body))),
  retried(7, '204', () => new Response(null, { status: 204 })),
  retried(
    8,
    'JSON that breaks off',
    raw((good) => good.slice(0, -5)),
  ),
  accepted(
    9,
    'a byte order mark',
    raw((good) => `\uFEFF${good}`),
  ),
  retried(
    10,
    'bytes after the JSON',
    raw((good) => `${good}x`),
  ),
  accepted(11, 'a key twice, the last one right', also('"objectId":"other"')),
  retried(
    11,
    'a key twice, the last one wrong',
    raw((good) => `${good.slice(0, -1)},"objectId":""}`),
  ),
  retried(12, '__proto__', also('"__proto__":{"polluted":true}')),
  retried(12, '__proto__ inside', also('"prefs":{"__proto__":{"polluted":true}}')),
  retried(13, 'constructor.prototype', also('"constructor":{"prototype":{"polluted":true}}')),
  retried(14, '100,000 lists in each other', text('['.repeat(100_000))),
  retried(14, 'an object nested too deeply', also(`"prefs":${'['.repeat(1000)}${']'.repeat(1000)}`)),
  retried(15, 'a body that never ends', endless),
  retried(18, 'UTF-16', (good) => text(Buffer.from(JSON.stringify(good), 'utf16le'))(good, undefined as never)),
  retried(18, 'Latin-1', (good) =>
    text(Buffer.from(JSON.stringify({ ...good, city: 'Málaga' }), 'latin1'))(good, undefined as never),
  ),
  retried(19, 'a body that stops coming', stalled),
  retried(20, 'no answer', never),
  retried(22, 'a network error', broken),
  {
    ...retried(
      25,
      'the answer for another',
      json((good) => ({ ...good, objectId: 'other' })),
    ),
    login: true,
  },
  retried(29, 'a number beyond all limits', also('"score":1e400')),
  accepted(
    30,
    'the id as a number',
    json((good) => ({ ...good, objectId: Number(userId) })),
  ),
  ...[null, '', {}, [], '.', '..'].map((objectId) =>
    retried(
      31,
      `the id as ${JSON.stringify(objectId)}`,
      json((good) => ({ ...good, objectId })),
    ),
  ),
  accepted(
    33,
    'a record without its other properties',
    json(({ email: _email, ...good }) => good),
  ),
  accepted(
    34,
    'properties that nobody knew',
    json((good) => ({ ...good, more: { a: [1] } })),
  ),
  accepted(
    35,
    'names that every object has',
    also('"toString":1,"hasOwnProperty":2,"then":3,"length":4,"valueOf":null,"constructor":"x"'),
  ),
  accepted(36, 'half a surrogate pair and NUL', also('"city":"\\ud800 \\u0000"')),
  retried(36, '10 MB of text', (good) =>
    text(JSON.stringify({ ...good, city: 'x'.repeat(10_000_000) }))(good, undefined as never),
  ),
  accepted(37, 'an integer that no number holds', also('"big":12345678901234567890')),
  accepted(38, 'days that never were', also('"born":"0000-00-00","died":"+275761-01-01"')),
  accepted(
    39,
    '1.0 for 1, and -0',
    raw((good) => good.replace('"age":1', '"age":1.0,"zero":-0')),
  ),
  retried(40, '201 with a Location', () => new Response(null, { status: 201, headers: { location: '/elsewhere' } })),
  retried(
    41,
    '202',
    json((good) => good, { status: 202 }),
  ),
  ...[301, 302, 303].map((status) =>
    retried(43, `${status}`, () => new Response(null, { status, headers: { location: '/login' } })),
  ),
  ...[307, 308].map((status) =>
    retried(44, `${status}`, () => new Response(null, { status, headers: { location: 'https://evil.example/' } })),
  ),
  retried(45, '304', () => new Response(null, { status: 304 })),
  rejected(46, "400 with a fault of the app's own", fault(400, 4711)),
  retried(47, '400 from a firewall', page(400)),
  { ...retried(48, '401 with the code of a dead session', fault(401, 3064)), update: 'held' },
  retried(48, '401 that the backend does not confirm', page(401)),
  rejected(50, '403 with a fault', fault(403, 3029)),
  retried(51, '403 from a proxy', page(403)),
  rejected(52, '404 with a fault', fault(404, 3030)),
  retried(53, '404 while the endpoint is deployed', page(404)),
  ...[405, 501].map((status) => retried(54, `${status}`, page(status))),
  ...[407, 511].map((status) => retried(55, `${status}`, page(status))),
  ...[408, 425].map((status) => retried(56, `${status}`, text('', { status }))),
  retried(57, '409 and nothing', text('', { status: 409 })),
  retried(58, '409 with a page', page(409)),
  retried(
    59,
    "409 with the server's record",
    json((good) => good, { status: 409 }),
  ),
  retried(
    60,
    "409 with another's record",
    json((good) => ({ ...good, objectId: 'other' }), { status: 409 }),
  ),
  retried(61, '410', page(410)),
  retried(62, '413', page(413)),
  ...[415, 406].map((status) => retried(63, `${status}`, page(status))),
  retried(64, '422 and nothing', text('', { status: 422 })),
  rejected(64, '422 with a fault', fault(422, 3045)),
  rejected(65, '422 that names a property', fault(422, 3031, 'Unknown property: name')),
  rejected(66, '422 with markup in it', fault(422, 3040, '<img src=x onerror=alert(1)>')),
  ...[423, 428].map((status) => retried(67, `${status}`, page(status))),
  retried(68, '426', page(426)),
  ...['', '-5', 'Mon, 23 Nov 2020 12:00:00 GMT', '1000000000', 'soon', '1e9', '00012'].map((wait) =>
    retried(
      69,
      `429, to come again after "${wait}"`,
      text('{}', { status: 429, ...(wait && { headers: { 'retry-after': wait } }) }),
    ),
  ),
  ...[431, 451].map((status) => retried(70, `${status}`, page(status))),
  retried(72, '500 with a page', page(500)),
  retried(72, '500 in JSON that is no fault', text('{"error":"Internal Server Error","status":500}', { status: 500 })),
  ...[502, 503, 504].map((status) => retried(73, `${status}`, page(status))),
  retried(74, '503 with a wait in the past', page(503, { 'retry-after': 'Mon, 23 Nov 2020 12:00:00 GMT' })),
  ...[520, 599].map((status) => retried(75, `${status}`, page(status))),
  retried(75, 'an opaque error', () => Response.error()),
  retried(76, 'an error that the page may not read', broken),
  accepted(
    82,
    'a Date two days off',
    json((good) => good, { headers: { date: 'Wed, 25 Nov 2026 12:00:00 GMT' } }),
  ),
]

const named = rows.map((row) => [`${row.n}: ${row.what}`, row] as const)

async function loggedIn(): Promise<SmallBackend> {
  const backend = smallBackend()
  await backend.settled(backend.app.users.login('ann@x.co', 'secret'))
  await backend.until(() => backend.app.status$.value.phase === 'idle')
  backend.requests.length = 0
  return backend
}

function expectNoHarm(): void {
  expect({}).not.toHaveProperty('polluted')
  expect(Object.prototype).not.toHaveProperty('polluted')
  // A megabyte more than the most that is read of one answer.
  expect(takenBytes).toBeLessThan(9_000_000)
}

describe('an update answered with', () => {
  it.each(named)('%s', async (_name, { answer, update }) => {
    const backend = await loggedIn()
    const { app } = backend
    backend.answer('update', answer)
    const shown: unknown[] = []
    app.users.current$.subscribe((user) => void (user?.name === shown.at(-1) || shown.push(user?.name)))
    const { settled } = await app.users.update({ name: 'James' })
    if (update === 'retried') {
      await backend.until(() => app.status$.value.failure !== undefined)
      expect(app.status$.value).toMatchObject({ pending: 1, faults: 0 })
      expect(app.users.fields$.value).toEqual({ name: { state: 'pending' } })
    }
    if (update === 'held') {
      await backend.until(() => app.status$.value.phase === 'needs-login')
      expect(app.status$.value).toMatchObject({ pending: 1, faults: 0 })
      await backend.settled(app.users.login('ann@x.co', 'secret'))
    }
    await backend.until(() => app.status$.value.pending === 0)

    if (update === 'rejected') {
      expect(await settled).toMatchObject({ outcome: 'rejected' })
      expect(backend.faults).toHaveLength(1)
      expect(shown).toEqual(['Ann', 'James', 'Ann'])
    } else {
      expect(await settled).toMatchObject({ outcome: 'accepted', user: { name: 'James', email: 'ann@x.co' } })
      expect(backend.faults).toEqual([])
      expect(shown).toEqual(['Ann', 'James'])
      const updates = backend.requests.filter(({ method }) => method === 'PUT')
      expect(updates).toHaveLength(update === 'accepted' ? 1 : 2)
    }
    expect(app.users.session$.value).toEqual({ state: 'signed-in', userId })
    expectNoHarm()
  })
})

describe('a read answered with', () => {
  it.each(named)('%s', async (_name, { answer, update, read = update === 'accepted' }) => {
    const backend = await loggedIn()
    const { app } = backend
    backend.answer('read', answer)
    const before = app.users.current$.value
    const result = await backend.settled(app.users.refresh())

    expect(result.status).toBe(read ? 'fulfilled' : 'rejected')
    if (result.status === 'rejected') {
      expect(isHoldfastError(result.reason) && result.reason.name).toBe('FaultError')
      expect(app.users.current$.value).toEqual(before)
    }
    expect(app.users.current$.value).toMatchObject({ objectId: userId, email: 'ann@x.co', name: 'Ann' })
    expect(app.users.session$.value.state).toBe(update === 'held' ? 'expired' : 'signed-in')
    expectNoHarm()
  })
})

describe('a login answered with', () => {
  it.each(named)('%s', async (_name, { answer, update, login = update === 'accepted' }) => {
    const backend = smallBackend()
    const { app } = backend
    backend.answer('login', answer)
    const result = await backend.settled(app.users.login('ann@x.co', 'secret'))

    expect(result.status).toBe(login ? 'fulfilled' : 'rejected')
    if (result.status === 'rejected') {
      expect(isHoldfastError(result.reason) && result.reason.name).toBe('FaultError')
      expect(JSON.stringify(result.reason)).not.toMatch(/secret|TOKEN-1/)
      expect(app.users.session$.value).toEqual({ state: 'signed-out' })
      await backend.settled(app.users.login('ann@x.co', 'secret'))
    }
    expect(app.users.session$.value.state).toBe('signed-in')
    expectNoHarm()
  })
})

describe('more of the list', () => {
  it('71: a 500 after the update was applied leaves one effect', async () => {
    const backend = await loggedIn()
    backend.answer('update', page(500), { applied: true })
    const { settled } = await backend.app.users.update({ name: 'James' })
    await backend.until(() => backend.app.status$.value.pending === 0)
    expect(await settled).toMatchObject({ outcome: 'accepted' })
    expect(backend.requests.map(({ method }) => method)).toEqual(['PUT', 'GET'])
  })

  it('83: a good answer after the deadline does no harm, and the edit is found to be stored', async () => {
    const backend = await loggedIn()
    let answerLate = (): void => {}
    // As the fetch of some webviews, this one ignores that it was given up.
    backend.answer('update', (good) => new Promise((resolve) => (answerLate = () => resolve(Response.json(good)))), {
      applied: true,
    })
    const { settled } = await backend.app.users.update({ name: 'James' })
    await backend.until(() => backend.app.status$.value.failure?.kind === 'timeout')
    answerLate()
    await backend.until(() => backend.app.status$.value.pending === 0)
    expect(await settled).toMatchObject({ outcome: 'accepted' })
    expect(backend.stored).toMatchObject({ name: 'James' })
    expect(backend.faults).toEqual([])
  })

  it('84: no request may be answered from a cache', async () => {
    const backend = await loggedIn()
    await backend.settled(backend.app.users.refresh())
    await backend.app.users.update({ name: 'James' })
    await backend.until(() => backend.app.status$.value.pending === 0)
    expect(backend.requests.map(({ cache }) => cache)).toEqual(['no-store', 'no-store'])
  })
})
