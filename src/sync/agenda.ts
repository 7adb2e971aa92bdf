// Pure: the lanes of this round, and the lanes in work. A round begins with each reason to look at all lanes again.
import { assert } from '../model/assert.js'
import type { Plan } from './lane/decision.js'
import { laneName, type LaneKey, type RecordKey } from '../model/record.js'

/**
 * The place of a lane in work: its decision is not written yet, its request is ready to leave, or its request is under way.
 * A lane that waits for another one has none.
 */
export type Place = 'deciding' | 'ready' | 'asking'

export interface Agenda {
  /** The number of this round. */
  readonly round: number
  /** S5: the sender has looked at each lane since the round began, or it may send nothing. */
  readonly isOver: boolean
  /** The lane behind which the next page begins. */
  readonly after: RecordKey | undefined
  /** The number of lanes that were found and not taken. */
  readonly found: number
  readonly inWork: number
  /** Everything is looked at again. `behind`: the lane that comes last. `skips`: but for the lanes in work. */
  begin(behind?: RecordKey, skips?: boolean): void
  /** A page of the round `of`; an empty one ends it, or the part behind the lane where it began. */
  page(of: number, lanes: readonly LaneKey[], owing: readonly LaneKey[]): void
  /** The sender looks for nothing until the next round. */
  end(): void
  /** A lane has new edits, and nothing else is new. */
  add(lane: LaneKey): void
  /**
   * The decision on the lane is written: it is out of work. While it waits for others, it joins again when one of them has settled
   * something (R20).
   */
  decided(lane: LaneKey, plan: Plan | undefined): void
  /** The next found lane, in work from now on. */
  take(): LaneKey | undefined
  /** S1: a lane is in one place at most, and moves from there. A lane that is not there is held. */
  move(lane: LaneKey, from: Place | undefined, to: Place | undefined): void
  /** Never taken again in this context: the lane breaks an invariant, or cannot be decided. */
  hold(lane: LaneKey): void
  isHeld(lane: LaneKey): boolean
  /** No lane is in work any more. */
  clear(): void
}

export function createAgenda(): Agenda {
  const seen = new Set<string>()
  const found = new Map<string, LaneKey>()
  const places = new Map<string, Place>()
  const held = new Set<string>()
  /** By name, the lanes that wait for that one. */
  const waiting = new Map<string, LaneKey[]>()
  let round = 0
  let isOver = true
  let after: RecordKey | undefined
  /** The lane behind which this round began. */
  let from: RecordKey | undefined

  const isUnseen = (lane: LaneKey): boolean => {
    const name = laneName(lane)
    return !seen.has(name) && !places.has(name) && !held.has(name)
  }

  const move: Agenda['move'] = (lane, before, to) => {
    const name = laneName(lane)
    const isThere = places.get(name) === before
    if (!isThere) held.add(name)
    assert(isThere, 'S1', `${before} to ${to}`)
    if (to) places.set(name, to)
    else places.delete(name)
  }

  const add: Agenda['add'] = (lane) => {
    seen.delete(laneName(lane))
    found.set(laneName(lane), lane)
  }

  const stop = (over: boolean): void => {
    assert(!found.size, 'S5', 'round')
    isOver = over
    after = from = undefined
  }

  return {
    get round() {
      return round
    },
    get isOver() {
      return isOver
    },
    get after() {
      return after
    },
    get found() {
      return found.size
    },
    get inWork() {
      return places.size
    },
    begin(behind, skips) {
      round++
      seen.clear()
      if (skips) for (const name of places.keys()) seen.add(name)
      found.clear()
      waiting.clear()
      isOver = false
      after = from = behind
    },
    page(of, lanes, owing) {
      // S4: the finder drops a page of an older round. S10: a round begins before the queue is looked at.
      assert(of === round, 'S4', 'page')
      assert(!isOver, 'S10', 'look')
      // A round that began in the middle goes on at the front.
      const page = [...owing.filter(isUnseen), ...lanes]
      if (!page.length) return stop(!from)
      after = lanes.at(-1) ?? after
      for (const { account, collection, id } of page) {
        const lane = { account, collection, id }
        found.set(laneName(lane), lane)
      }
    },
    end: () => stop(true),
    add,
    decided(lane, plan) {
      move(lane, 'deciding', undefined)
      for (const name of plan?.waitsFor ?? []) {
        const before = waiting.get(name)
        if (before) before.push(lane)
        else waiting.set(name, [lane])
      }
      if (plan?.rereads) add(lane)
      const name = laneName(lane)
      if (!plan?.change?.settled?.length) return
      waiting.get(name)?.forEach(add)
      waiting.delete(name)
    },
    take() {
      for (const [name, lane] of found) {
        found.delete(name)
        if (!isUnseen(lane)) continue
        seen.add(name)
        move(lane, undefined, 'deciding')
        return lane
      }
      return undefined
    },
    move,
    hold: (lane) => void held.add(laneName(lane)),
    isHeld: (lane) => held.has(laneName(lane)),
    clear: () => places.clear(),
  }
}
