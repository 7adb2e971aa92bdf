/* The guard of our errors. */
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { ClosedError, isHoldfastError } from '../../src/model/errors.js'

it('knows our errors, also those of another realm or another copy of the library', () => {
  const make = (name: string): unknown => runInNewContext(`Object.assign(new Error(), { name: '${name}' })`)
  expect(
    [new ClosedError(), make('StorageError'), Object.assign(new Error(), { name: 'FaultError' })].every(
      isHoldfastError,
    ),
  ).toBe(true)
  const others = [
    make('TypeError'),
    new Error('StorageError'),
    { name: 'StorageError' },
    'StorageError',
    null,
    undefined,
  ]
  expect(others.some(isHoldfastError)).toBe(false)
})
