import { describe, expect, test } from 'vitest'
import { statusOf } from '../../src/live/status.js'
import type { SenderState } from '../../src/model/sender-state.js'
import type { Failure } from '../../src/model/failure.js'
import type { Counts, Wait } from '../../src/store/rows.js'
import type { Snapshot } from '../../src/store/snapshot-data.js'
import { sessionOf } from '../support/memory-source.js'

const expired: Failure = { kind: 'auth', code: 3064, message: 'expired' }
const hold: Failure = { kind: 'configuration', code: 2002, message: 'no such app' }
const busy: Failure = { kind: 'busy', status: 503, message: 'later' }
const idle: SenderState = { sending: false, online: true }
const none = { count: 0, oldestAtMs: undefined }
const one = { count: 1, oldestAtMs: 5 }

function snapshot(counts: Partial<Counts> = {}, more: Partial<Snapshot> = {}): Snapshot {
  return {
    version: 1,
    session: sessionOf('ann'),
    counts: { pending: 0, sent: 0, total: 0, faults: 0, ...counts },
    faults: [],
    lanes: [],
    fates: [],
    lastFate: 0,
    ...more,
  }
}

const waitFor = (failure: Failure): Wait => ({ failure, failures: 1, dueAtMs: 9, ordered: false })
const expiredSession = { session: { ...sessionOf('ann'), expired } }

describe('phase', () => {
  test.each([
    ['opening', statusOf(undefined, one, { ...idle, sending: true, hold })],
    ['needs-login', statusOf(snapshot({ pending: 1 }, expiredSession), none, { ...idle, sending: true, hold })],
    ['needs-login', statusOf(snapshot({}, expiredSession), none, idle)],
    ['held', statusOf(snapshot({ pending: 1 }), none, { ...idle, sending: true, hold })],
    ['held', statusOf(snapshot({}, { wait: waitFor(hold) }), none, { ...idle, sending: true })],
    ['waiting', statusOf(snapshot({ pending: 1 }, { wait: waitFor(busy) }), none, idle)],
    ['sending', statusOf(snapshot({ pending: 1 }), none, { sending: true, nextAttemptAtMs: 9, online: false })],
    ['waiting', statusOf(snapshot({ pending: 1 }), none, { ...idle, nextAttemptAtMs: 9 })],
    ['waiting', statusOf(snapshot({ pending: 1 }), none, idle)],
    ['waiting', statusOf(snapshot(), one, idle)],
    ['offline', statusOf(snapshot({ pending: 1 }), none, { ...idle, nextAttemptAtMs: 9, online: false })],
    ['offline', statusOf(snapshot({ pending: 1 }, { wait: waitFor(busy) }), none, { ...idle, online: false })],
    ['offline', statusOf(snapshot(), none, { ...idle, online: false })],
    ['idle', statusOf(snapshot(), none, { ...idle, nextAttemptAtMs: 9 })],
    ['idle', statusOf({ ...snapshot(), session: undefined } as never, none, idle)],
    ['idle', statusOf(undefined, none, idle, true)],
    ['offline', statusOf(undefined, none, { ...idle, online: false }, true)],
  ])('%s comes before what is named later', (phase, status) => {
    expect(status.phase).toBe(phase)
  })
})

test('counts the edits of this tab that no snapshot has', () => {
  const status = statusOf(snapshot({ pending: 2, sent: 3, total: 5, faults: 1 }), { count: 2, oldestAtMs: 50 }, idle)

  expect(status).toMatchObject({ pending: 4, sent: 3, total: 7, faults: 1, oldestPendingAtMs: 50 })
})

test('the oldest pending edit is the one on disk, where there is one', () => {
  const stored = snapshot({ pending: 1 }, { oldestPendingAtMs: 20 })

  expect(statusOf(stored, { count: 1, oldestAtMs: 50 }, idle).oldestPendingAtMs).toBe(20)
})

test('an edit into an empty queue starts the progress anew', () => {
  expect(statusOf(snapshot({ sent: 5, total: 5 }), one, idle)).toMatchObject({ sent: 0, total: 1 })
  expect(statusOf(snapshot({ sent: 5, total: 5 }), none, idle)).toMatchObject({ sent: 5, total: 5 })
})

test('says why nothing is sent, the hardest reason first', () => {
  const wait = { failure: busy, failures: 1, dueAtMs: 77, ordered: true }
  const last: Failure = { kind: 'timeout', message: 'slow' }

  expect(statusOf(snapshot({ pending: 1 }, { ...expiredSession, wait }), none, { ...idle, hold }).failure).toBe(expired)
  expect(statusOf(snapshot({ pending: 1 }, { wait }), none, { ...idle, hold }).failure).toBe(hold)
  expect(statusOf(snapshot({ pending: 1 }, { wait }), none, { ...idle, failure: last }).failure).toBe(last)
  expect(statusOf(snapshot({ pending: 1 }, { wait }), none, idle)).toMatchObject({ failure: busy, nextAttemptAtMs: 77 })
  expect(statusOf(snapshot({}, { wait }), none, idle)).not.toHaveProperty('failure')
})
