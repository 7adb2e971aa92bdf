import { ruleOf, type WaitEnd } from '../model/failure.js'
import type { LaneKey, RecordKey } from '../model/record.js'
import { countsOf, type Database, unchanged } from './database.js'
import { nextLanes } from './lane-rows.js'
import type { StateRow } from './rows.js'

/**
 * The rows that the sender looks at before it chooses lanes, in one transaction. `owing`: lanes with a look-back. `isEmpty`:
 * there is neither one of these nor an edit.
 */
export function readQueue(
  db: Database,
  { after, limit }: { after: RecordKey | undefined; limit: number },
): Promise<{ state: StateRow; lanes: LaneKey[]; owing: (LaneKey & { dueAtMs: number })[]; isEmpty: boolean }> {
  return db.read(async (tables, state) => {
    const account = state.session?.account
    const lanes = account === undefined ? [] : await nextLanes(tables, state, { account, limit, after })
    const pending = account !== undefined && countsOf(state, account).pending
    const owing = Object.values(state.lookBacks ?? {}).filter((lane) => lane.account === account)
    return { state, lanes, owing, isEmpty: !pending && !owing.length }
  })
}

/** Ends the wait of all lanes if such news may end it (default: any wait), and no server ordered it. Resolves with whether there was one. */
export async function endWait(db: Database, news?: readonly (WaitEnd | undefined)[]): Promise<boolean> {
  const ended = await db.write(async (_, state, commit) => {
    if (!state.wait || state.wait.ordered || news?.includes(ruleOf(state.wait.failure.kind).endedBy) === false)
      return unchanged
    commit.changed = []
    delete state.wait
    return true
  }, 'upkeep')
  return !!ended
}
