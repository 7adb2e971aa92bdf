// Floor 3: the records that the newest commits have changed, so that a context carries the lists in its memory on by these alone
// (R23). Pure.
import { laneName, type LaneKey } from '../model/record.js'
import { isLike, listOf } from '../model/shape.js'

/** So many records are named one by one; a commit that changed more is an entry of its own. */
const most = 200

/** More than a part of a page; a commit that changed more counts as a change of all records. */
const mostOfOne = 600

/** Such an entry lies in the state for so many versions, since each commit writes that: a tab that follows a pull is seldom later. */
const mostBehind = 4

export interface ChangeLog {
  /** It names every record that a commit after this version has changed. */
  since: number
  /** By lane name: the version of the last change, ascending. */
  lanes: { [lane: string]: number }
  /** Ascending: the newest commits that changed many records of one collection, as a part of a page does. */
  large?: LargeCommit[]
}

/** `ids`: of the records, as text of JSON, which a browser copies many times faster than many small texts. */
type LargeCommit = Omit<LaneKey, 'id'> & { at: number; ids: string }

/** The log with one commit more. */
export function logged(
  log: ChangeLog,
  {
    to,
    left,
    changed = left?.map(({ key }) => key),
  }: { to: number; left?: readonly { key: LaneKey }[]; changed?: readonly LaneKey[] },
): ChangeLog {
  if (changed && !changed.length) return log
  const { account, collection } = changed?.[0] ?? {}
  const isLarge = changed && changed.length > most
  if (
    !changed ||
    (isLarge &&
      (changed.length > mostOfOne || changed.some((key) => key.account !== account || key.collection !== collection)))
  )
    return { since: to, lanes: {} }
  let { since, large = [] } = log
  const lanes = new Map(Object.entries(log.lanes))
  if (isLarge) {
    const ids = JSON.stringify(changed.map(({ id }) => id))
    large = [...large, { account: account!, collection: collection!, at: to, ids }]
  } else
    for (const key of changed) {
      const name = laneName(key)
      lanes.delete(name)
      lanes.set(name, to)
    }
  for (const { at } of large) if (at <= to - mostBehind) since = at
  for (const [name, at] of lanes) {
    // All of one commit, or none.
    if (lanes.size <= most && at > since) break
    lanes.delete(name)
    since = Math.max(since, at)
  }
  large = large.filter(({ at }) => at > since)
  return { since, lanes: Object.fromEntries(lanes), ...(large.length && { large }) }
}

/** The records of a collection of the account that commits after this version have changed; undefined: any of them. */
export function changedAfter(
  log: ChangeLog | undefined,
  at: number | undefined,
  { account, collection }: Omit<LaneKey, 'id'>,
): LaneKey[] | undefined {
  if (!log || at === undefined || at < log.since) return undefined
  const ids = new Set<string>()
  for (const [name, changedAt] of Object.entries(log.lanes)) {
    if (changedAt <= at) continue
    const [by, of, id] = JSON.parse(name) as [string, string, string]
    if (by === account && of === collection) ids.add(id)
  }
  for (const one of log.large ?? []) {
    if (one.at <= at || one.account !== account || one.collection !== collection) continue
    const named = idsIn(one.ids)
    if (!named) return undefined
    for (const id of named) ids.add(id)
  }
  return [...ids].map((id): LaneKey => ({ account, collection, id }))
}

/** Undefined: something has damaged the text. */
function idsIn(text: string): readonly string[] | undefined {
  try {
    const ids: unknown = JSON.parse(text)
    return isLike(ids, listOf('')) ? (ids as string[]) : undefined
  } catch {
    return undefined
  }
}
