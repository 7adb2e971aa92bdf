/* The sentences of Fieldbook: each kind of fault and each state has one. */
import { describe, expect, it } from 'vitest'
import type { RowFault, Status } from '../../src/backendless/index.js'
import { adviceFor, isContest, titleOf, wordsOfDrop } from '../../demo/fieldbook/words/faults.js'
import { shown } from '../../demo/fieldbook/words/names.js'
import { markOf } from '../../demo/fieldbook/words/marks.js'
import { ago, isMany, wordsOfStatus } from '../../demo/fieldbook/words/status.js'
import { placeOf, placeOfJob } from '../../demo/fieldbook/place.js'
import { wordsOfError } from '../../demo/fieldbook/words/errors.js'
import { FaultError, InvalidEditError, PendingEditsError, StorageError } from '../../src/backendless/index.js'

const fault = (part: Partial<RowFault>): RowFault =>
  ({ collection: 'users', properties: ['phone'], offending: [], ...part }) as RowFault

describe('the title of a fault', () => {
  it.each([
    [{ kind: 'conflict', reason: 'changed' }, 'Somebody else changed the phone number'],
    [
      { kind: 'conflict', reason: 'taken', properties: ['name', 'email'], offending: ['email'] },
      'This e-mail address is taken',
    ],
    [
      { kind: 'conflict', reason: 'taken', op: 'create', collection: 'Job', properties: ['title', 'number'] },
      'There is such a job already',
    ],
    [{ kind: 'dependency', collection: 'Note', op: 'create' }, 'The job it belongs to was refused'],
    [{ kind: 'validation', properties: ['name', 'phone'] }, 'The server does not accept the name and the phone number'],
    [{ kind: 'forbidden' }, 'You may not change the phone number'],
    [{ kind: 'forbidden', op: 'create', collection: 'Job' }, 'You may not make a job'],
    [{ kind: 'forbidden', op: 'delete', collection: 'Job' }, 'The job could not be deleted'],
    [{ kind: 'gone' }, 'Your account was removed'],
    [{ kind: 'gone', collection: 'Job' }, 'Somebody deleted this job'],
    [{ kind: 'stalled' }, 'The server gives no answer about the phone number'],
    [{ kind: 'unknown', op: 'create', collection: 'Note' }, 'Nobody knows whether your new note was made'],
    [{ kind: 'other' }, 'The server could not save the phone number'],
  ] as [Partial<RowFault>, string][])('%j', (part, title) => {
    expect(titleOf(fault(part))).toBe(title)
    expect(adviceFor(fault(part))).toMatch(/\.$/)
  })

  it('says the cost of dropping a new job: its notes', () => {
    const cost = 'its notes go with it.'
    expect(adviceFor(fault({ kind: 'forbidden', op: 'create', collection: 'Job' }))).toContain(cost)
    expect(adviceFor(fault({ kind: 'forbidden', op: 'create', collection: 'Note' }))).not.toContain(cost)
    expect(adviceFor(fault({ kind: 'forbidden', op: 'update', collection: 'Job' }))).not.toContain(cost)
  })

  it('says the price of each drop', () => {
    expect(wordsOfDrop({ op: 'create', collection: 'Job' })).toContain('with all that belongs to it')
    expect(wordsOfDrop({ op: 'delete', collection: 'Note' })).toBe('The note stays, here and on the server.')
    expect(wordsOfDrop({ op: 'update', collection: 'users' })).toContain('Your text is deleted')
  })

  it('shows values as people write them', () => {
    expect(shown('due', '2026-12-01')).toMatch(/2026/)
    expect(shown('due', '2026-12-01')).not.toBe('2026-12-01')
    expect(shown('due', 'soon')).toBe('soon')
    expect(shown('status', 'planned')).toBe('Planned')
    expect(shown('status', 'postponed')).toBe('postponed')
    expect(shown('phone', null)).toBe('empty')
  })

  it('offers a choice where two people wrote, and none where a value is taken', () => {
    expect(isContest(fault({ kind: 'conflict', reason: 'changed' }))).toBe(true)
    expect(isContest(fault({ kind: 'conflict', reason: 'taken' }))).toBe(false)
    expect(isContest(fault({ kind: 'validation' }))).toBe(false)
  })
})

describe('the line of the status', () => {
  const nowMs = 10_000_000
  const status = (part: Partial<Status>): Status =>
    ({ phase: 'idle', pending: 0, faults: 0, sent: 0, total: part.pending ?? 0, ...part }) as Status
  it.each([
    [{}, 'All changes are sent'],
    [{ phase: 'opening' }, 'Opening'],
    [{ phase: 'waiting', pending: 3, lastReplyAtMs: nowMs - 4 * 60_000 }, '3 changes waiting · last contact 4 min ago'],
    [{ phase: 'sending', pending: 176, sent: 124, total: 300 }, '124 of 300 sent'],
    [{ phase: 'offline', pending: 1 }, '1 change waiting · offline'],
    [{ faults: 2 }, '2 changes refused'],
    [{ faults: 1, phase: 'sending', pending: 1 }, '1 change refused · 1 change being sent'],
    [{ phase: 'needs-login', pending: 1 }, '1 change waiting · sign in to send'],
    [
      { phase: 'held', pending: 1, failure: { kind: 'configuration', message: 'No such app' } },
      '1 change waiting · not sent: No such app',
    ],
  ] as [Partial<Status>, string][])('%j', (part, words) => {
    expect(wordsOfStatus(status(part), nowMs)).toBe(words)
  })

  it('has a bar for many, and none for the last one that waits', () => {
    expect(isMany(status({ phase: 'waiting', pending: 12, total: 12 }))).toBe(true)
    expect(isMany(status({ phase: 'sending', pending: 1, total: 12 }))).toBe(true)
    expect(isMany(status({ phase: 'waiting', pending: 1, total: 12 }))).toBe(false)
    expect(isMany(status({ phase: 'sending', pending: 3, total: 3 }))).toBe(false)
  })

  it('counts minutes, hours and days', () => {
    const hourMs = 3_600_000
    expect([ago(0), ago(61_000), ago(2 * hourMs), ago(72 * hourMs)]).toEqual([
      'just now',
      '1 min ago',
      '2 h ago',
      '3 days ago',
    ])
  })
})

it('the mark of a field has its reason beside it', () => {
  const confirmed = { state: 'confirmed', fault: undefined, error: undefined } as const
  expect(markOf(confirmed)).toEqual({ state: 'saved', word: 'Saved' })
  expect(markOf({ ...confirmed, state: 'pending' })).toEqual({ state: 'waiting', word: 'Waiting' })
  const refused = fault({ kind: 'conflict', reason: 'changed' })
  expect(markOf({ ...confirmed, state: 'refused', fault: refused })).toMatchObject({
    word: 'Refused',
    reason: 'Somebody else changed the phone number.',
  })
  const error = new InvalidEditError('nickname', '', 'it is required, and cannot be empty')
  expect(markOf({ ...confirmed, error })).toEqual({
    state: 'unsaved',
    word: 'Not saved',
    reason: 'This cannot be saved: it is required, and cannot be empty.',
  })
})

it('an address leads to its screen, even one that is not encoded well', () => {
  expect(placeOf(placeOfJob('a/7'))).toEqual({ screen: 'jobs', id: 'a/7' })
  expect(placeOf('#/jobs/%')).toEqual({ screen: 'jobs', id: '%' })
})

it('errors of calls are in plain words', () => {
  expect(wordsOfError(new FaultError({ kind: 'auth', code: 3003, message: 'Invalid login' }))).toContain('is wrong')
  expect(wordsOfError(new FaultError({ kind: 'unreachable', message: 'fetch failed' }))).toContain('no connection')
  expect(wordsOfError(new FaultError({ kind: 'other', code: 4711, message: 'Not on Sundays' }))).toBe('Not on Sundays')
  expect(wordsOfError(new PendingEditsError(2))).toContain('2 are still here')
})

it('an edit that the device may have saved is not called unsaved', () => {
  const error = new StorageError('blocked', 'IndexedDB did not answer within 10 s', { outcome: 'unknown' })
  expect(wordsOfError(error)).toBe('It may not be saved: the storage does not answer.')
  expect(markOf({ state: 'confirmed', fault: undefined, error }).word).toBe('Perhaps not saved')
  const refused = new StorageError('full', 'QuotaExceededError')
  expect(wordsOfError(refused)).toBe('It is not saved: this device is full.')
  expect(markOf({ state: 'confirmed', fault: undefined, error: refused }).word).toBe('Not saved')
})
