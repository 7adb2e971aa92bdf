/* A lane whose base was read a second ago, an attempt under way, and the context in which the lane is decided upon. */
import type { QueuedEdit } from '../../../src/model/edit.js'
import { looselySame } from '../../../src/model/same.js'
import { type Attempt, emptyRecord, type RecordRow, type StoredLane } from '../../../src/store/rows.js'
import type { LaneContext } from '../../../src/sync/lane/context.js'
import { makeEdit } from '../../model/make-edit.js'

export const key = { account: 'me', collection: 'users', id: 'u1' }
export const nowMs = 1_000_000_000

export const context: LaneContext = {
  nowMs,
  startedAtMs: nowMs - 1_000,
  newId: () => 'f1',
  conflicts: 'compare',
  freshForMs: 60_000,
  requestTimeoutMs: 30_000,
  epoch: 2,
  sessionId: 's1',
  canRead: true,
  repeatsCreates: 'safe',
  keyValidForMs: 86_400_000,
  canFind: true,
  canList: false,
  isNamedByServer: false,
  idOf: () => undefined,
  refsOf: () => [],
  toBackend: (values) => values,
  toDevice: (values) => values,
  ignoreDue: false,
  same: (_, sent, got) => looselySame(sent, got),
  chance: 0,
  lastReplyAtMs: nowMs,
  notStored: (properties) => ({ kind: 'validation', code: 3031, message: `Not stored: ${properties.join()}` }),
}

export const attempt: Attempt = {
  editIds: ['e-1'],
  patch: { a: 1 },
  key: 'e-1.1',
  sessionId: 's1',
  epoch: 2,
  atMs: nowMs - 5,
  tries: 1,
  unknown: false,
  open: true,
}

export const lane = (
  row: Partial<RecordRow> = {},
  edits: QueuedEdit[] = [makeEdit('e-1', { a: 1 }, { ancestors: { a: 0, b: 0 } })],
): StoredLane => ({
  key,
  row: { ...emptyRecord(key), base: { a: 0, b: 0 }, baseAtMs: nowMs - 1_000, rev: 7, ...row },
  edits,
})
