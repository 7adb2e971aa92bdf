import { runInNewContext } from 'node:vm'
import { Dexie } from 'dexie'
import { expect, it } from 'vitest'
import { storageErrorOf } from '../../src/store/storage-error.js'

const full = new DOMException('no room', 'QuotaExceededError')
const elsewhere = runInNewContext(`Object.assign(new Error('no room'), { name: 'QuotaExceededError' })`) as Error

it.each([
  ['wrapped by Dexie', new Dexie.AbortError('aborted', full as Error)],
  ['wrapped twice', new Dexie.AbortError('aborted', new Dexie.AbortError('aborted', full as Error))],
  ['one of several', new Dexie.BulkError('1 of 1 operations failed', [full as Error])],
  ["of another frame's realm", elsewhere],
  ["of another frame's realm, wrapped", new Dexie.BulkError('1 of 1 operations failed', [elsewhere])],
])('a full disk is told as one: %s', (_, error) => {
  expect(storageErrorOf(error)).toMatchObject({ name: 'StorageError', reason: 'full', cause: error })
})
