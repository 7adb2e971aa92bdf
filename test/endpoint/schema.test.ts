import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { backendlessEndpoint } from '../../src/backendless/endpoint.js'
import { checkedBy } from '../../src/endpoint/schema.js'
import { openBackendless } from '../../src/backendless/index.js'
import type { Endpoint } from '../../src/endpoint/endpoint.js'
import type { Json, Patch, Properties } from '../../src/model/record.js'

const endpoint = backendlessEndpoint({ baseUrl: 'http://127.0.0.1:1/api' })
const user = v.object({
  email: v.pipe(v.string(), v.email('no e-mail address')),
  name: v.nullable(v.pipe(v.string(), v.trim(), v.minLength(2, 'too short'))),
  nick: v.optional(v.string('no text')),
  address: v.object({ zip: v.pipe(v.string(), v.regex(/^\d{5}$/, 'five digits')) }),
})
const { check: checkEdit } = checkedBy(user, endpoint)
const check = checking(checkEdit)
/** The check of an update. */
function checking(check: Endpoint['check']) {
  return (patch: Patch, view: Properties, description?: Json) =>
    check!({ collection: 'users', op: 'update', patch, view, description })
}

const view = { objectId: 'U1', email: 'ann@x.co', name: 'Ann', address: { zip: '12345' }, created: 1 }

describe('an edit', () => {
  it('is refused for what it changes, with the words of the schema', () => {
    expect(check({ name: 'J' }, view)).toMatchObject({
      name: 'InvalidEditError',
      property: 'name',
      value: 'J',
      rule: 'too short',
    })
    expect(check({ address: { zip: 'x' } }, view)).toMatchObject({ property: 'address', rule: 'five digits' })
    expect(check({ email: 5 }, view)).toMatchObject({ property: 'email', value: 5 })
    expect(check({ name: 'James', email: 'ann@x.com', nick: 'J' }, view)).toBeUndefined()
  })

  it('is not refused for the rest of the user, which may be wrong, or not here yet', () => {
    expect(check({ name: 'James' }, { ...view, email: 'none', address: null })).toBeUndefined()
    expect(check({ name: 'James' }, {})).toBeUndefined()
  })

  it('may clear what may be absent, or null, and nothing else', () => {
    expect(check({ nick: null, name: null }, view)).toBeUndefined()
    expect(check({ email: null, nick: null }, view)).toMatchObject({ property: 'email', value: null })
  })

  it('is refused by the endpoint first', () => {
    expect(check({ created: 2, name: 'J' }, view)).toMatchObject({ property: 'created' })
    const description = [{ name: 'name', type: 'INT' }]
    expect(check({ name: 'James' }, view, description)).toMatchObject({
      rule: 'its type is INT',
    })
  })

  it('is refused by a rule over several properties where it names one that changes', () => {
    const range = v.pipe(
      v.object({ from: v.number(), to: v.number() }),
      v.forward(
        v.check(({ from, to }) => from <= to, 'ends before it begins'),
        ['to'],
      ),
    )
    const ofRange = checking(checkedBy(range, endpoint).check)
    expect(ofRange({ to: 1 }, { from: 2, to: 3 })).toMatchObject({ property: 'to', rule: 'ends before it begins' })
    expect(ofRange({ from: 4 }, { from: 2, to: 3 })).toBeUndefined()
  })

  it('is checked as it is: what a schema would make of it plays no part', () => {
    const patch = Object.freeze({ name: ' Bo ' })
    expect(check(patch, Object.freeze(view))).toBeUndefined()
    expect(patch).toEqual({ name: ' Bo ' })
  })
})

describe('a schema', () => {
  it('that answers later refuses every edit, by name', () => {
    const later = checkedBy(
      v.objectAsync({
        name: v.pipeAsync(
          v.string(),
          v.checkAsync(async () => true),
        ),
      }),
      endpoint,
    )
    expect(checking(later.check)({ name: 'James' }, view)).toMatchObject({
      name: 'InvalidEditError',
      property: '',
      rule: expect.stringContaining('answers later'),
    })
  })

  it('whose late answer is a rejection leaves no unhandled one', async () => {
    const failing = { '~standard': { version: 1, validate: () => Promise.reject(new Error('later')) } } as const
    expect(checking(checkedBy(failing, endpoint).check)({ name: 'James' }, view)).toMatchObject({ property: '' })
    await new Promise((resolve) => setImmediate(resolve))
  })

  it('that names the property as an object with a key is understood', () => {
    const issues = [{ message: 'no', path: [{ key: 'name' }] }]
    const one = checking(checkedBy({ '~standard': { version: 1, validate: () => ({ issues }) } }, endpoint).check)
    expect(one({ name: 'James' }, view)).toMatchObject({ property: 'name', rule: 'no' })
  })

  it('that complains of nothing in particular refuses nothing', () => {
    const issues = [{ message: 'no' }, { message: 'no', path: [] }, { message: 'no', path: [0] }]
    const one = checking(checkedBy({ '~standard': { version: 1, validate: () => ({ issues }) } }, endpoint).check)
    expect(one({ name: 'James' }, view)).toBeUndefined()
  })

  it.each([{}, null, 5, 'schema', { '~standard': {} }])('that is none, %j, does not open', (schema) => {
    expect(() => openBackendless({ baseUrl: 'http://127.0.0.1:1/api', schema: schema as never })).toThrow(
      new TypeError('"schema" is a Standard Schema, as zod, valibot or arktype make them'),
    )
  })
})
