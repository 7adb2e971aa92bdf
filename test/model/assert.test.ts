import { expect, it } from 'vitest'
import { assert, InvariantError } from '../../src/model/assert.js'
import { isHoldfastError } from '../../src/model/errors.js'

it('passes over an invariant that holds, and narrows the type', () => {
  const text: string | undefined = ['a'][0]
  assert(text, 'S1', 'text')
  const narrowed: string = text
  expect(narrowed).toBe('a')
})

it.each([false, undefined, null, 0, ''])('says by number and name which invariant does not hold: %j', (holds) => {
  let thrown: unknown
  try {
    assert(holds, 'S3', 'requests')
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(InvariantError)
  expect(thrown).toMatchObject({
    name: 'InvariantError',
    invariant: 'S3',
    about: 'requests',
    message: 'Invariant S3 does not hold: requests',
  })
})

it('is no error that an app is promised', () => {
  expect(isHoldfastError(new InvariantError('L1', 'lane'))).toBe(false)
})
