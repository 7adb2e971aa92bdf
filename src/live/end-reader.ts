// Reads of how edits ended, from the snapshot where it has that, and else from the database.
import type { Fault } from '../model/fault.js'
import type { RecordKey, RecordOf } from '../model/record.js'
import type { FateRow, StoredLane } from '../store/rows.js'
import type { Snapshot, SnapshotRequest } from '../store/snapshot-data.js'
import type { IdSpace } from './record.js'
import type { SettlementSource } from './settlements.js'
import { inDeviceIds } from './shown-faults.js'
import { recordName, type SnapshotFeed } from './snapshot.js'

export interface EndSource {
  /** Waits until the database is open. */
  readSnapshot(request: SnapshotRequest): Promise<Snapshot>
  readFate(account: string, editId: string): Promise<FateRow | 'pending' | undefined>
  readFault(account: string, faultId: string): Promise<Fault | undefined>
  /** The account's own record, if it has one: always looked at. */
  ownRecord?: RecordOf
  /** The backend's ids of records, where they may differ from those of this device. */
  ids?: IdSpace | undefined
}

type Lanes = ReadonlyMap<string, StoredLane>

/** Reads records that nobody observes. Those of edits that settled together are read together. */
function createLaneReader(source: Pick<EndSource, 'readSnapshot'>): (key: RecordKey) => Promise<Lanes> {
  let asked: RecordKey[] = []
  let answer: Promise<Lanes> | undefined
  return (key) => {
    asked.push(key)
    return (answer ??= Promise.resolve().then(async () => {
      const records = asked.map((one) => () => one)
      asked = []
      answer = undefined
      const { lanes } = await source.readSnapshot({ records, fatesAfter: Infinity })
      return new Map(lanes.map((lane) => [recordName(lane.key), lane]))
    }))
  }
}

/** `opening`: resolves when it is known who is logged in. */
export function createEndReader(
  source: EndSource,
  feed: Pick<SnapshotFeed, 'snapshot' | 'lane'>,
  opening: Promise<void>,
): Omit<SettlementSource, 'accepted'> {
  const readLanes = createLaneReader(source)
  const account = (): string | undefined => feed.snapshot?.session?.account

  return {
    async readFate(editId) {
      if (!feed.snapshot) await opening
      const by = account()
      return by === undefined ? undefined : source.readFate(by, editId)
    },
    async readFault(by, faultId) {
      if (by !== account()) return undefined
      const fault = feed.snapshot?.faults.find(({ id }) => id === faultId) ?? (await source.readFault(by, faultId))
      return fault && inDeviceIds(fault, source.ids, by)
    },
    async readBase(by, key = source.ownRecord?.(by)) {
      if (!key || by !== account()) return undefined
      const name = recordName(key)
      const lane = feed.lane(name) ?? (await readLanes(key)).get(name)
      if (lane?.key.account !== by) return undefined
      const { base } = lane.row
      return base && source.ids ? source.ids.toDevice(lane.key, base) : base
    },
    remoteIdOf: (by, key) => source.ids?.remoteIdOf({ account: by, ...key }, undefined) ?? undefined,
  }
}
