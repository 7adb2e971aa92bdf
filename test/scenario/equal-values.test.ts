/* A value that the backend keeps in a form of its own: written again, and with its answer lost, it ends accepted (R4). */
import { describe, expect, it } from 'vitest'
import type { Json, Properties } from '../../src/backendless/index.js'
import { makeWorld, signedInWorld } from '../support/world.js'
import { smallBackend, type SmallBackend, type SmallBackendOptions } from '../support/small-backend.js'

const lost = (): never => {
  throw new TypeError('Failed to fetch')
}

async function signedIn(options: SmallBackendOptions): Promise<SmallBackend> {
  const backend = smallBackend(options)
  await backend.settled(backend.app.users.login('ann@x.co', 'secret'))
  return backend
}

/** Saves the edit, and waits for what becomes of it. */
async function fate(backend: SmallBackend, patch: { [property: string]: Json }): Promise<unknown> {
  const edit = await backend.app.users.update(patch)
  const settled = await backend.settled(edit.settled)
  return settled.status === 'fulfilled' ? settled.value : settled
}

const morning = Date.UTC(2024, 2, 10, 8, 30)
const day = Date.UTC(2015, 2, 23)
const geo = (type: string, coordinates: Json): Json => ({
  type,
  coordinates,
  srsId: 4326,
  ___class: `com.backendless.persistence.${type}`,
})
const square = [
  [
    [0, 0],
    [0, 1],
    [1, 1],
    [0, 0],
  ],
]

/** A column's type, what is sent, and what the backend has of it. */
const kinds: readonly [type: string, sent: Json, kept: Json][] = [
  ['DATETIME', '2024-03-10T08:30', morning],
  ['DATETIME', '2024-03-10 08:30:00', morning],
  ['DATETIME', '03/23/2015', day],
  ['DATETIME', '23-Mar-2015', day],
  ['DATETIME', '10/28/1988 00:00:00 GMT-0200', Date.UTC(1988, 9, 28, 2)],
  ['BOOLEAN', 1, true],
  ['BOOLEAN', 0, false],
  ['BOOLEAN', 'true', true],
  ['STRING', true, 'true'],
  ['TEXT', 17, '17'],
  ['JSON', '{"dark":true,"sizes":[1,2]}', { sizes: [1, 2], dark: true }],
  ['POINT', { type: 'Point', coordinates: [-96.75, 32.86] }, geo('Point', [-96.75, 32.86])],
  ['POINT', 'POINT (-96.75 32.86)', geo('Point', [-96.75, 32.86])],
  [
    'LINESTRING',
    'LINESTRING(1 2, 3 4.5)',
    geo('LineString', [
      [1, 2],
      [3, 4.5],
    ]),
  ],
  ['GEOMETRY', 'POLYGON((0 0, 0 1, 1 1, 0 0))', geo('Polygon', square)],
  ['STRING', '', null],
  ['DATETIME', '', null],
]

describe.each(kinds)('in a column of type %s, %j, kept as %j', (type, sent, kept) => {
  const options = { columns: { it: type }, forms: { it: () => kept } }

  it('is accepted again', async () => {
    const backend = await signedIn(options)
    for (let times = 0; times < 2; times++)
      expect(await fate(backend, { it: sent })).toMatchObject({ outcome: 'accepted', user: { it: kept } })
    expect(backend.faults).toEqual([])
  })

  it('is accepted when its answer is lost, at first and again', async () => {
    const backend = await signedIn(options)
    for (let times = 0; times < 2; times++) {
      backend.answer('update', lost, { applied: true })
      expect(await fate(backend, { it: sent })).toMatchObject({ outcome: 'accepted', user: { it: kept } })
    }
    expect(backend.faults).toEqual([])
  })
})

/* The same on the local server, for what it takes. */
it.each<[property: string, sent: Json, kept: Json]>([
  ['born', '2024-03-10T08:30', morning],
  ['name', true, 'true'],
  ['prefs', '{"dark":true,"sizes":[1,2]}', { sizes: [1, 2], dark: true }],
])('the local server keeps %s, given %j, as %j: accepted, answered or not', async (property, sent, kept) => {
  const { world, tab } = await signedInWorld()
  for (const isLost of [false, false, true, true]) {
    if (isLost) world.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'lose-answer' } })
    const edit = await tab.users.update({ [property]: sent })
    await world.advance(120_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { [property]: kept } })
  }
  expect(tab.faults).toEqual([])
})

describe('a number that would be written back in another form', () => {
  it('a whole number beyond 2^53 is not: a draft that changes a neighbour is refused, by the name of the property', async () => {
    const backend = await signedIn({ columns: { prefs: 'JSON' } })
    backend.answer('read', (good) => {
      const text = JSON.stringify(good).replace('"prefs":null', '"prefs":{"id":9007199254740993,"dark":false}')
      return new Response(text, { headers: { 'content-type': 'application/json' } })
    })
    await backend.settled(backend.app.users.refresh())
    const draft = backend.app.users.update((me) => void ((me as { prefs: { dark: boolean } }).prefs.dark = true))
    await expect(draft).rejects.toMatchObject({ name: 'InvalidEditError', property: 'prefs' })
    expect(await fate(backend, { name: 'James' })).toMatchObject({ outcome: 'accepted' })
    expect(await fate(backend, { prefs: { dark: true } })).toMatchObject({ outcome: 'accepted' })
    expect(backend.stored).toMatchObject({ name: 'James', prefs: { dark: true } })
  })

  it('a value that the server computes is refused before it is saved', async () => {
    const backend = await signedIn({ columns: { prefs: 'JSON' } })
    for (const value of [
      { ___operation: 'JSON_SET', args: { '$.a': 1 } },
      { ___class: 'BackendlessExpression', value: 'age + 1' },
    ])
      await expect(backend.app.users.update({ prefs: value })).rejects.toMatchObject({ property: 'prefs' })
    expect(backend.app.status$.value).toMatchObject({ pending: 0 })
    expect(backend.requests.filter(({ method }) => method === 'PUT')).toEqual([])
  })

  it('nor does an answer of `resolve` carry either', async () => {
    for (const answer of [{ ___operation: 'JSON_SET', args: {} }, { id: 2 ** 53 }]) {
      const backend = await signedIn({ columns: { prefs: 'JSON' }, app: { freshForMs: 0, resolve: () => answer } })
      backend.answer('read', (good) => Response.json({ ...good, prefs: { theirs: 1 } }))
      backend.clock.jump(1)
      expect(await fate(backend, { prefs: { mine: 1 } })).toMatchObject({
        outcome: 'rejected',
        fault: { reason: 'changed' },
      })
    }
  })
})

describe('a form that only the backend knows', () => {
  const typed = '06 77 88 99 00'
  const phone = (sent: Json): Json => (sent as string).replace(/\D/g, '').replace(/^0/, '+33')
  const options = { columns: { phone: 'STRING' }, forms: { phone } }
  const kept = { outcome: 'accepted', user: { phone: '+33677889900' } }

  it('is known from the answer before: the same edit is accepted again, answered or not', async () => {
    const backend = await signedIn(options)
    for (const isLost of [false, false, true, true, false]) {
      if (isLost) backend.answer('update', lost, { applied: true })
      expect(await fate(backend, { phone: typed })).toMatchObject(kept)
    }
    expect(backend.faults).toEqual([])
  })

  it('is known after other edits, and a value that is that form already', async () => {
    const backend = await signedIn(options)
    for (const patch of [{ phone: typed }, { name: 'James' }, { phone: '+33677889900' }, { phone: typed }])
      expect(await fate(backend, patch)).toMatchObject(kept)
  })

  it('is not known when the first answer is lost: a conflict, whose retry ends accepted, also beside other changes of the edit', async () => {
    for (const more of [{}, { name: 'James' }]) {
      const backend = await signedIn(options)
      backend.answer('update', lost, { applied: true })
      expect(await fate(backend, { phone: typed, ...more })).toMatchObject({
        fault: { kind: 'conflict', properties: ['phone'] },
      })
      const [one] = backend.faults
      const { value: again } = (await backend.settled(backend.app.faults.retry(one!.fault.id))) as {
        value: { settled: Promise<unknown> }
      }
      expect(await backend.settled(again.settled)).toMatchObject({ value: kept })
      expect(backend.app.faults.open$.value).toEqual([])
    }
  })

  it('a retry whose answer is lost is sent again, not taken for stored: what is there may be of another device', async () => {
    const backend = await signedIn({ columns: { phone: 'STRING' } })
    backend.answer('update', lost)
    backend.answer('read', (good) => Response.json({ ...good, phone: 'theirs' }), { times: 9 })
    expect(await fate(backend, { phone: 'mine' })).toMatchObject({
      fault: { kind: 'conflict', theirs: { phone: 'theirs' } },
    })
    backend.answer('update', lost)
    const { value: again } = (await backend.settled(backend.app.faults.retry(backend.faults[0]!.fault.id))) as {
      value: { settled: Promise<unknown> }
    }
    expect(await backend.settled(again.settled)).toMatchObject({
      value: { outcome: 'accepted', user: { phone: 'mine' } },
    })
    expect(backend.stored).toMatchObject({ phone: 'mine' })
  })
})

it('a change of case or of milliseconds is an edit, also when its answer is lost before it is stored', async () => {
  const backend = await signedIn({ columns: { born: 'DATETIME' } })
  await fate(backend, { born: 1_700_000_000_000 })
  for (const patch of [{ email: 'Ann@X.co' }, { name: 'Ann ' }, { born: 1_700_000_000_500 }]) {
    backend.answer('update', lost)
    expect(await fate(backend, patch)).toMatchObject({ outcome: 'accepted', user: patch })
    expect(backend.stored).toMatchObject(patch)
  }
})

it('the form that the backend gave a value is known after a restart', async () => {
  const world = await makeWorld()
  world.server.control.setSaving({ normalise: { name: ['lower-case'] } })
  const tab = await world.signedIn()
  const first = await world.after(tab.users.update({ name: 'James' }))
  expect(await first.settled).toMatchObject({ outcome: 'accepted', user: { name: 'james' } })
  const again = await world.reopen(tab)
  const edit = await again.users.update({ name: 'James' })
  await world.advance(120_000)
  expect(await edit.settled).toMatchObject({ outcome: 'accepted', user: { name: 'james' } })
})

describe('a column that an answer leaves out', () => {
  const options = { columns: { note: 'TEXT' } as { [name: string]: string } }
  const without =
    (name: string) =>
    ({ [name]: _hidden, ...shown }: Properties): Response =>
      Response.json(shown)
  const methods = (backend: SmallBackend): string[] => backend.requests.splice(0).map(({ method }) => method)

  it('is looked up by a read before anything is concluded', async () => {
    const backend = await signedIn(options)
    backend.answer('update', without('note'), { applied: true })
    methods(backend)
    expect(await fate(backend, { note: 'mine' })).toMatchObject({ outcome: 'accepted', user: { note: 'mine' } })
    expect(methods(backend)).toEqual(['PUT', 'GET'])
  })

  it('and is not stored where the read has the value before', async () => {
    const backend = await signedIn(options)
    backend.answer('update', without('note'))
    expect(await fate(backend, { note: 'mine' })).toMatchObject({
      outcome: 'rejected',
      fault: { code: 3031, properties: ['note'] },
    })
  })

  it('is undecided while the read has no answer: the edit waits, and is accepted', async () => {
    const backend = await signedIn(options)
    backend.answer('update', without('note'), { applied: true })
    backend.answer('read', lost)
    expect(await fate(backend, { note: 'mine' })).toMatchObject({ outcome: 'accepted', user: { note: 'mine' } })
    expect(backend.faults).toEqual([])
  })

  it('that neither shows is not proven to be stored: 3031, unless the app knows that the role may not see it', async () => {
    for (const isKnown of [false, true]) {
      const same = (property: string, _sent: Json, got: Json): boolean => property === 'note' && got === null
      const backend = smallBackend({ ...options, ...(isKnown && { app: { same } }) })
      for (const operation of ['login', 'read', 'update'] as const)
        backend.answer(operation, without('note'), { times: 99, applied: true })
      await backend.settled(backend.app.users.login('ann@x.co', 'secret'))
      const outcome = isKnown
        ? { outcome: 'accepted' }
        : { fault: { code: 3031, reason: 'not-stored', properties: ['note'] } }
      for (const patch of [{ note: 'one' }, { note: 'two', name: 'James' }, { note: 'two' }])
        expect(await fate(backend, patch)).toMatchObject(outcome)
      backend.answer('update', lost, { applied: true })
      expect(await fate(backend, { note: 'three' })).toMatchObject(outcome)
      expect(backend.stored).toMatchObject({ note: 'three', name: 'James' })
      expect(backend.app.users.current$.value).not.toHaveProperty('note')
    }
  })
})

describe('forms that only the app can know', () => {
  const columns = { phone: 'STRING' }
  const forms = { phone: (sent: Json): Json => (sent as string).replace(/\D/g, '').replace(/^0/, '+33') }
  const digits = (value: Json): string => (value as string).replace(/\D/g, '').replace(/^33/, '0')
  const asked: [string, Json, Json][] = []
  const same = (property: string, sent: Json, got: Json): boolean => {
    asked.push([property, sent, got])
    return property === 'phone' && digits(sent) === digits(got)
  }

  it('is asked of `same`: a first answer may be lost, and other ways to write the value are accepted', async () => {
    const backend = await signedIn({ columns, forms, app: { same } })
    backend.answer('update', lost, { applied: true })
    for (const phone of ['06 77 88 99 00', '0677889900', '06.77.88.99.00'])
      expect(await fate(backend, { phone })).toMatchObject({ outcome: 'accepted', user: { phone: '+33677889900' } })
    expect(asked).toContainEqual(['phone', '06 77 88 99 00', '+33677889900'])
    expect(backend.faults).toEqual([])
  })

  it.each<[string, unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['answers later', async () => true],
    ['answers something else', () => 'yes'],
  ])('and one that %s has not said that they are the same', async (_what, wrong) => {
    const backend = await signedIn({ columns, forms, app: { same: wrong } })
    backend.answer('update', lost, { applied: true })
    expect(await fate(backend, { phone: '0677889900' })).toMatchObject({ fault: { reason: 'changed' } })
    expect(await fate(backend, { name: 'James' })).toMatchObject({ outcome: 'accepted' })
  })
})
