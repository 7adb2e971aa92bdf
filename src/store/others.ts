// Floor 3: the records of other lanes, as a transaction that decides on lanes finds them (R19, R20).
import type { Fault } from '../model/fault.js'
import { laneName, type LaneKey } from '../model/record.js'
import type { Database, Tables } from './database.js'
import { openFaults } from './open-faults.js'
import { readLanes } from './lane-rows.js'
import { givenKeysOf, keyHere, otherOf } from './order.js'
import type { OtherRecord, RemoteId } from './other-record.js'
import type { LaneRows, StateRow, StoredLane } from './rows.js'

/** The parts of a decision that other lanes see. */
interface Decided {
  faults?: readonly Fault[]
  closedFaults?: readonly string[]
  named?: RemoteId
  isGivenUp?: true
}

export interface Others {
  /** The lane with its name and with the records that its edits name or wait for, as the decisions before have left them. */
  seenBy(lane: LaneRows): StoredLane
  /** Notes a decision of this transaction. */
  decided(left: LaneRows, change: Decided): void
}

/** `undefined`: no lane has a name, and none of their edits names or awaits another record; nothing is read then. */
export function readOthers(
  { memory, relations }: Pick<Database, 'memory' | 'relations'>,
  tables: Tables,
  state: StateRow,
  lanes: readonly LaneRows[],
  known: ReadonlyMap<string, LaneRows>,
): Promise<Others> | undefined {
  const { names } = memory
  const refsOf = relations?.refsOf
  /** By lane, and by the name that its edits give to another lane. */
  const keysByLane = new Map<string, Map<string, LaneKey>>()
  const wanted = new Map<string, LaneKey>()
  for (const { key, edits } of lanes) {
    if (!refsOf && !edits.some(({ awaits }) => awaits)) continue
    const keys = new Map<string, LaneKey>()
    for (const given of givenKeysOf(key, edits, refsOf)) {
      const here = keyHere(names, given)
      const name = laneName(here)
      if (name === laneName(key)) continue
      keys.set(laneName(given), here)
      wanted.set(name, here)
    }
    if (keys.size) keysByLane.set(laneName(key), keys)
  }
  const isNamed = lanes.some(({ key }) => names.remoteIdOf(key) !== undefined)
  if (!wanted.size && !isNamed) return undefined
  return readThem()

  async function readThem(): Promise<Others> {
    const current = new Map(lanes.map((lane) => [laneName(lane.key), lane]))
    const unread = [...wanted].filter(([name]) => !current.has(name)).map(([, key]) => key)
    const account = lanes[0]!.key.account
    const [read, open] = await Promise.all([
      readLanes(tables, state, unread, known),
      wanted.size ? openFaults(memory, tables, state, account) : [],
    ])
    for (const lane of read) current.set(laneName(lane.key), lane)
    let faults = open
    const named = new Map<string, RemoteId>()
    const remoteIdOf = (key: LaneKey): RemoteId | undefined => {
      const name = laneName(key)
      return named.has(name) ? named.get(name) : names.remoteIdOf(key)
    }
    return {
      seenBy(lane) {
        const others = new Map<string, OtherRecord>()
        for (const [given, key] of keysByLane.get(laneName(lane.key)) ?? [])
          others.set(given, otherOf(current.get(laneName(key))!, remoteIdOf(key), faults))
        return { ...lane, remoteId: remoteIdOf(lane.key), others }
      },
      decided(left, { faults: opened = [], closedFaults = [], named: remoteId, isGivenUp }) {
        const name = laneName(left.key)
        current.set(name, left)
        if (isGivenUp) named.set(name, null)
        else if (remoteId !== undefined) named.set(name, remoteId)
        const changed = new Set([...closedFaults, ...opened.map(({ id }) => id)])
        if (changed.size) faults = [...faults.filter(({ id }) => !changed.has(id)), ...opened]
      },
    }
  }
}
