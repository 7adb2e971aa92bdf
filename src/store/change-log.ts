// Floor 3: the records that the newest commits have changed, so that a context carries the lists in its memory on by these alone
// (R23). Pure.
import { laneName, type LaneKey } from '../model/record.js'

/** So many records are named; more than that in one commit count as all. */
const most = 200

export interface ChangeLog {
  /** It names every record that a commit after this version has changed. */
  since: number
  /** By lane name: the version of the last change, ascending. */
  lanes: { [lane: string]: number }
}

/** The log with one commit more. */
export function logged(
  log: ChangeLog,
  {
    to,
    left,
    changed = left?.map(({ key }) => key),
  }: { to: number; left?: readonly { key: LaneKey }[]; changed?: readonly LaneKey[] },
): ChangeLog {
  if (!changed || changed.length > most) return { since: to, lanes: {} }
  if (!changed.length) return log
  const lanes = new Map(Object.entries(log.lanes))
  for (const key of changed) {
    const name = laneName(key)
    lanes.delete(name)
    lanes.set(name, to)
  }
  let { since } = log
  for (const [name, at] of lanes) {
    // All of one commit, or none.
    if (lanes.size <= most && at > since) break
    lanes.delete(name)
    since = at
  }
  return { since, lanes: Object.fromEntries(lanes) }
}

/** The records of a collection of the account that commits after this version have changed; undefined: any of them. */
export function changedAfter(
  log: ChangeLog | undefined,
  at: number | undefined,
  { account, collection }: Omit<LaneKey, 'id'>,
): LaneKey[] | undefined {
  if (!log || at === undefined || at < log.since) return undefined
  const found = Object.entries(log.lanes).filter(([, changedAt]) => changedAt > at)
  const keys = found.map(([name]) => JSON.parse(name) as [string, string, string])
  return keys
    .filter(([by, of]) => by === account && of === collection)
    .map(([, , id]): LaneKey => ({ account, collection, id }))
}
