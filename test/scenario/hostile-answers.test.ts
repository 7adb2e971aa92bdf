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
import { isHoldfastError } from '../../src/backendless/index.js'
import type { FailureKind } from '../../src/model/failure.js'
import { also, changed, json, page, responseOf, taken, unprovenAnswers, type Said } from '../support/answers.js'
import { namesShown } from '../support/names-shown.js'
import { smallBackend, userId, type SmallBackend } from '../support/small-backend.js'

/** The end of an edit: accepted at once, rejected, held for a login, or accepted after more tries. */
type Outcome = 'accepted' | 'rejected' | 'held' | 'retried'

interface Row {
  readonly n?: number
  readonly what: string
  readonly update?: Outcome
  /** The trouble that an edit outlasts. */
  readonly kind?: FailureKind
  readonly isLogin?: boolean
}

const fault = (status: number, code: number, message = 'no'): Said => json({ code, message, errorData: {} }, status)

/** Those that do prove something. A read and a login take what an update accepts. */
const provenAnswers: readonly (Row & Said)[] = [
  { n: 9, what: 'a byte order mark', text: (good) => `\uFEFF${JSON.stringify(good)}`, update: 'accepted' },
  { n: 11, what: 'a key twice, the last one right', ...also('"objectId":"other"'), update: 'accepted' },
  {
    n: 30,
    what: 'the id as a number',
    ...changed((good) => ({ ...good, objectId: Number(userId) })),
    update: 'accepted',
  },
  {
    n: 33,
    what: 'a record without its other properties',
    ...changed(({ email: _email, ...good }) => good),
    update: 'accepted',
  },
  { n: 34, what: 'properties that nobody knew', ...also('"more":{"a":[1]}'), update: 'accepted' },
  {
    n: 35,
    what: 'names that every object has',
    ...also('"toString":1,"hasOwnProperty":2,"then":3,"length":4,"valueOf":null,"constructor":"x"'),
    update: 'accepted',
  },
  { n: 36, what: 'half a surrogate pair and NUL', ...also('"city":"\\ud800 \\u0000"'), update: 'accepted' },
  { n: 37, what: 'an integer that no number holds', ...also('"big":12345678901234567890'), update: 'accepted' },
  { n: 38, what: 'days that never were', ...also('"born":"0000-00-00","died":"+275761-01-01"'), update: 'accepted' },
  {
    n: 39,
    what: '1.0 for 1, and -0',
    text: (good) => JSON.stringify(good).replace('"age":1', '"age":1.0,"zero":-0'),
    update: 'accepted',
  },
  {
    n: 82,
    what: 'a Date two days off',
    ...changed((good) => good),
    headers: { date: 'Wed, 25 Nov 2026 12:00:00 GMT' },
    update: 'accepted',
  },
  { n: 46, what: "400 with a fault of the app's own", ...fault(400, 4711), update: 'rejected' },
  { n: 48, what: '401 with the code of a dead session', ...fault(401, 3064), update: 'held' },
  { n: 50, what: '403 with a fault', ...fault(403, 3029), update: 'rejected' },
  { n: 52, what: '404 with a fault', ...fault(404, 3030), update: 'rejected' },
  { n: 64, what: '422 with a fault', ...fault(422, 3045), update: 'rejected' },
  { n: 65, what: '422 that names a property', ...fault(422, 3031, 'Unknown property: name'), update: 'rejected' },
  { n: 66, what: '422 with markup in it', ...fault(422, 3040, '<img src=x onerror=alert(1)>'), update: 'rejected' },
]

const named = [...unprovenAnswers, ...provenAnswers].map((row: Row & Said) => {
  const { n, what, update = 'retried', kind = 'server', isLogin = update === 'accepted' } = row
  return [`${n ?? 'more'}: ${what}`, { answer: responseOf(row), update, kind, isLogin }] as const
})

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
  expect(taken.bytes).toBeLessThan(9_000_000)
}

describe('an update answered with', () => {
  it.each(named)('%s', async (_name, { answer, update, kind }) => {
    const backend = await loggedIn()
    const { app } = backend
    backend.answer('update', answer)
    const shown = namesShown(app.users)
    const { settled } = await app.users.update({ name: 'James' })
    if (update === 'retried') {
      await backend.until(() => app.status$.value.failure !== undefined)
      expect(app.status$.value).toMatchObject({ phase: 'waiting', pending: 1, faults: 0, failure: { kind } })
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
  it.each(named)('%s', async (_name, { answer, update }) => {
    const backend = await loggedIn()
    const { app } = backend
    backend.answer('read', answer)
    const before = app.users.current$.value
    const result = await backend.settled(app.users.refresh())

    expect(result.status).toBe(update === 'accepted' ? 'fulfilled' : 'rejected')
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
  it.each(named)('%s', async (_name, { answer, isLogin }) => {
    const backend = smallBackend()
    const { app } = backend
    backend.answer('login', answer)
    const result = await backend.settled(app.users.login('ann@x.co', 'secret'))

    expect(result.status).toBe(isLogin ? 'fulfilled' : 'rejected')
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
    backend.answer('update', responseOf(page(500)), { applied: true })
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
