// Floor 3: the least form of rows, for `isLike`. A person, a script of the origin, or a bug of another version may have
// changed a row: a row that is not sound is not used. A well-formed row is believed. The parts that only a decision on the
// lane needs are left to that decision, which may fail (`src/sync/write-decisions.ts`).
import { listOf } from '../model/shape.js'
import { blankFault, emptyRecord, noCounts } from './rows.js'

export const laneShape = { account: '', collection: '', id: '' }
const texts = listOf('')
const place = { collection: '', id: '', label: '' }
/** Edits that were taken over from another database come before all others (`take-over.ts`). */
const seq = -(2 ** 52)

export const recordShape: object = {
  ...emptyRecord(laneShape),
  'place?': [seq, 0],
  'base??': {},
  'shape?': 0,
  'version?': '',
  'attempt?': { editIds: texts, 'op?': '', patch: {}, 'version?': '' },
  'split?': {},
  'forms?': {},
  'wrote?': {},
  'strays?': [],
  'lookBacks?': [],
}

export const runShape: object = { ...laneShape, v: 0, 'shape?': 0, seq, label: '', edits: '' }

/** Of the text in a run (`runs.ts`). */
export const packedShape: object = listOf([
  '',
  {},
  {},
  0,
  { 'op?': '', 'covered?': [], 'awaits?': listOf({ collection: '', id: '', seq }) },
])

const { mine: _mine, theirs: _theirs, ...blank } = blankFault
export const faultShape: object = {
  ...blank,
  id: '',
  account: '',
  'op?': '',
  'mine??': {},
  'theirs??': {},
  'view??': {},
  'causedBy?': '',
  'shape?': 0,
  'overtaken?': [],
}

export const fateShape: object = { editIds: texts }

export const leaseShape: object = { epoch: 0, beatAtMs: 0 }

export const stateShape: object = {
  version: 0,
  'turn?': 0,
  'adopts?': { account: '', from: 0, to: 0, 'begun?': 0 },
  'lastFate?': 0,
  'namesAt?': 0,
  'namesErasedAt?': 0,
  'droppedAt?': 0,
  'changes?': { since: 0, lanes: { '*': 0 }, 'large?': listOf({ account: '', collection: '', at: 0, ids: '' }) },
  'session?': { account: '' },
  'wait?': { failure: {}, failures: 0 },
  counts: { '*': { ...noCounts, 'front?': { seq, ...place }, 'faultsAt?': 0 } },
  'lookBacks?': { '*': laneShape },
  'versions?': { '*': { by: '', 'offAtMs?': 0 } },
}
