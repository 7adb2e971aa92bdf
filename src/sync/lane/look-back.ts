// Pure: notices a copy of an older request that arrives after a newer value was accepted, and puts it right (R3, G13).
import { opOf } from '../../model/edit.js'
import { only, own } from '../../model/own.js'
import type { Patch } from '../../model/record.js'
import { equal } from '../../model/same.js'
import type { Attempt, LookBack, RecordRow, Stray } from '../../store/rows.js'
import { isDue } from '../backoff.js'
import type { LaneContext, Reading } from './context.js'

/** How often a newer value is sent again when the older one is found in its place. */
const mostResends = 3

/** The row once the backend has `stored`, sent or found there, with the copies that may still be under way. */
export function noteStored(row: RecordRow, stored: Patch, nowMs: number): RecordRow {
  const { strays: old = [], lookBacks: owed = [] } = row
  const strays = old.filter(({ untilMs }) => untilMs > nowMs)
  const lookBacks = [
    ...owed.map((one) => ({
      ...one,
      newer: { ...one.newer, ...only(stored, (name) => Object.hasOwn(one.older, name)) },
    })),
    // A second creation under one id changes nothing, and a second deletion finds nothing.
    ...strays
      .filter(({ op }) => opOf({ op }) === 'update')
      .map(({ patch, untilMs }) => ({ older: patch, newer: stored, dueAtMs: untilMs, resent: 0 })),
    ...owedFinds(row, 'create'),
  ].flatMap(differing)
  return { ...row, strays: someOf(strays), lookBacks: someOf(lookBacks) }
}

/** The row once there is no such record: a late copy of its creation would bring it back. */
export function noteAbsent(row: RecordRow, nowMs: number): RecordRow {
  const { strays: all = [], lookBacks = [] } = row
  const strays = all.filter(({ untilMs }) => untilMs > nowMs)
  const owed = strays
    .filter(({ op, finds }) => op === 'create' && finds === undefined)
    .map(({ untilMs }): LookBack => ({ op: 'delete', older: {}, newer: {}, dueAtMs: untilMs, resent: 0 }))
  const deletions = strays.filter(({ op }) => op === 'delete')
  const finds = lookBacks.filter(({ op }) => op === 'create').map((one): LookBack => ({ ...one, op: 'delete' }))
  const left = [
    ...lookBacks.filter(({ op }) => op === 'delete'),
    ...owed,
    ...finds,
    ...owedFinds({ ...row, strays }, 'delete'),
  ]
  return { ...row, strays: someOf(deletions), lookBacks: someOf(left) }
}

/** The row once `attempt` is over: copies of it may still be under way. `held`: as in `Stray`. */
export function noteStray(
  row: RecordRow,
  { op, mode, editIds, unknown, patch, atMs }: Attempt,
  timeoutMs: number,
  held?: Pick<Stray, 'held'>,
): RecordRow {
  // A backend that knows the key of a creation makes no second record by a copy.
  if ((!unknown && !held) || mode === 'by-key') return row
  const finds = mode === 'by-find' && { finds: editIds[0] }
  const stray: Stray = { ...(op && { op }), patch, untilMs: atMs + timeoutMs, ...finds, ...held }
  return { ...row, strays: [...(row.strays ?? []), stray] }
}

/** A late copy of a creation whose record the backend names makes another record: it is looked for by the edit (R21). */
function owedFinds({ strays = [], lookBacks = [] }: RecordRow, op: 'create' | 'delete'): LookBack[] {
  const known = new Set(lookBacks.map(({ finds }) => finds))
  return strays
    .filter(({ finds }) => finds !== undefined && !known.has(finds))
    .map(({ patch, untilMs, finds }) => ({ op, finds, older: patch, newer: {}, dueAtMs: untilMs, resent: 0 }))
}

/** The first look-back by the edit that is due, and the row without it. */
export function dueFind(
  row: RecordRow,
  { nowMs, requestTimeoutMs }: Pick<LaneContext, 'nowMs' | 'requestTimeoutMs'>,
): { due: LookBack; left: RecordRow } | undefined {
  const { lookBacks = [] } = row
  const due = lookBacks.find(({ finds, dueAtMs }) => finds !== undefined && isDue(dueAtMs, nowMs, requestTimeoutMs))
  return due && { due, left: { ...row, lookBacks: someOf(lookBacks.filter((one) => one !== due)) } }
}

/** When the first look-back is due. */
export function lookBackDueAtMs({ lookBacks }: RecordRow): number | undefined {
  return lookBacks && Math.min(...lookBacks.map(({ dueAtMs }) => dueAtMs))
}

/**
 * The meaning of a read for the look-backs that are due: `resend`, the newer values whose older ones are back; `deletes`, whether the
 * record itself is; and the row with the rest of the debts. A pending edit of the same property follows: it is compared with the newer value, which it was
 * made on.
 */
export function lookBack(
  row: RecordRow,
  { record, atMs }: Reading,
  { nowMs, requestTimeoutMs, same }: LaneContext,
): { resend: Patch; deletes: boolean; row: RecordRow } {
  const { lookBacks = [] } = row
  let resend: Patch = {}
  let deletes = false
  const owed: LookBack[] = []
  for (const one of lookBacks) {
    // By the time of the read: what came later is not in its answer.
    if (one.finds !== undefined || !isDue(one.dueAtMs, atMs, requestTimeoutMs)) {
      owed.push(one)
      continue
    }
    if (one.op === 'delete') {
      if (!record || one.resent === mostResends) continue
      deletes = true
      owed.push({ ...one, dueAtMs: nowMs + requestTimeoutMs, resent: one.resent + 1 })
      continue
    }
    // The backend may keep either in a form of its own (R4).
    const isBack = (name: string): boolean => {
      const got = own(record, name) ?? null
      return record !== null && same(name, one.older[name]!, got) && !same(name, one.newer[name]!, got)
    }
    const newer = only(one.newer, isBack)
    if (!Object.keys(newer).length || one.resent === mostResends) continue
    resend = { ...resend, ...newer }
    owed.push({ older: only(one.older, isBack), newer, dueAtMs: nowMs + requestTimeoutMs, resent: one.resent + 1 })
  }
  return { resend, deletes, row: { ...row, lookBacks: someOf(owed) } }
}

/** With the properties that both have, and have differently. */
function differing(one: LookBack): LookBack[] {
  const { older, newer, ...rest } = one
  if (one.op) return [one]
  const differs = (name: string): boolean =>
    Object.hasOwn(older, name) && Object.hasOwn(newer, name) && !equal(older[name], newer[name])
  const left = only(older, differs)
  return Object.keys(left).length ? [{ older: left, newer: only(newer, differs), ...rest }] : []
}

/** Undefined for an empty list. */
export function someOf<T>(list: T[]): T[] | undefined {
  return list.length ? list : undefined
}
