/*
 * The ends of the records of a torture run, by the server's log of applied writes. Each record carries the value of its creation
 * in `made`, which nobody changes, so that it is known under any id that the server gave it; `text` carries that of its newest
 * edit. Values tell their order: `orderOf`.
 */
import { orderOf } from './judge.js'

/** An edit whose call resolved, and was reported, before the kill. */
export interface SavedRecordEdit {
  readonly id: string
  readonly op: 'create' | 'update' | 'delete'
  readonly collection: string
  /** The record's id on the device. */
  readonly record: string
  /** The value of the record's creation. */
  readonly made: string
  /** Of this edit; of a creation the same as `made`. */
  readonly value: string
}

/** An entry of the server's log. */
export interface LoggedWrite {
  readonly collection: string
  readonly id: string
  readonly op: 'create' | 'update' | 'delete'
  readonly applied: { readonly [field: string]: unknown }
}

export interface RecordVerdict {
  saved: number
  created: number
  deleted: number
  /** Saved edits that the server never got, nor a later one in their place, with no deletion and no fault to account for it. */
  lost: number
  /** Creations that made two records, and values that were applied again after another one. */
  doubled: number
  /** Values that were applied after a later one. */
  outOfOrder: number
  /** Records that were written to, or are there, after their deletion. */
  raised: number
  /** The first of each kind, in words. */
  examples: string[]
}

export interface RecordRun {
  readonly saved: readonly SavedRecordEdit[]
  /** Values of the creations of records that a page was about to delete: the deletion may be saved, reported or not. */
  readonly mayBeDeleted: ReadonlySet<string>
  readonly log: readonly LoggedWrite[]
  /** The records that the server has in the end, by `made`. */
  readonly left: readonly string[]
  /** Edits that a fault accounts for. */
  readonly excused: ReadonlySet<string>
}

/** A record, as the log tells of it. */
interface Life {
  ids: Set<string>
  newest: number
  values: Set<string>
  last: string | undefined
  isDeleted: boolean
}

export function judgeRecords({ saved, mayBeDeleted, log, left, excused }: RecordRun): RecordVerdict {
  const verdict: RecordVerdict = {
    saved: saved.length,
    created: 0,
    deleted: 0,
    lost: 0,
    doubled: 0,
    outOfOrder: 0,
    raised: 0,
    examples: [],
  }
  const note = (kind: 'lost' | 'doubled' | 'outOfOrder' | 'raised', text: string): void => {
    if (verdict[kind] === 0) verdict.examples.push(`${kind}: ${text}`)
    verdict[kind] += 1
  }

  const lives = new Map<string, Life>()
  const madeById = new Map<string, string>()
  for (const { collection, id, op, applied } of log) {
    const name = `${collection}/${id}`
    const made = op === 'create' ? String(applied['made']) : madeById.get(name)!
    const known = lives.get(made)
    const life = known ?? { ids: new Set(), newest: -1, values: new Set(), last: undefined, isDeleted: false }
    lives.set(made, life)
    madeById.set(name, made)
    if (op === 'delete') {
      verdict.deleted += 1
      life.isDeleted = true
      continue
    }
    if (life.isDeleted) note('raised', `${op} of ${name}, "${made}", after its deletion`)
    if (op === 'create') {
      verdict.created += 1
      if (known) note('doubled', `${name} was made again: "${made}"`)
      life.ids.add(name)
    }
    const text = applied['text'] as string | undefined
    if (text === undefined || text === life.last) continue
    if (life.values.has(text)) note('doubled', `"${text}" of ${name} after "${life.last}"`)
    else if (orderOf(text) < life.newest) note('outOfOrder', `"${text}" of ${name}`)
    life.values.add(text)
    life.newest = Math.max(life.newest, orderOf(text))
    life.last = text
  }

  const deleted = new Set(saved.filter(({ op, id }) => op === 'delete' && !excused.has(id)).map(({ made }) => made))
  const isLeft = new Set(left)
  for (const { id, op, collection, made, value } of saved) {
    if (excused.has(id)) continue
    const what = `${op} of ${collection}, "${made}"`
    const life = lives.get(made)
    if (op === 'delete') {
      if (isLeft.has(made)) note('raised', `${what}: the server has it still`)
    } else if (!deleted.has(made) && !mayBeDeleted.has(made)) {
      // A deletion settles what was not sent.
      if (!life || !isLeft.has(made)) note('lost', `${what}: the server has no such record`)
      else if (life.newest < orderOf(value)) note('lost', `${what}: "${value}"`)
    }
  }
  return verdict
}
