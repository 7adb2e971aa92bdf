// Decides and writes together: one transaction under the lease for all events of lanes (R2, R10, R13).
import { assert } from '../model/assert.js'
import type { LaneKey } from '../model/record.js'
import type { Granted, LeaseClaim } from '../store/lease.js'
import type { Session, StateRow, StoredLane } from '../store/rows.js'
import { type NamedNow, workLanes } from '../store/settlements.js'
import type { LaneEvent } from './lane/conclude.js'
import type { LaneContext } from './lane/context.js'
import { afterEvent, decide } from './lane/decide.js'
import { heldBy, type Plan } from './lane/decision.js'
import type { Lease } from './lease.js'
import type { Requests } from './requests.js'
import type { SenderParts } from './sender-parts.js'

/** A decision of a lane, as it was written. */
export interface Decided {
  key: LaneKey
  /** `undefined`: nothing can be decided here. */
  plan: Plan | undefined
  session: Session | undefined
  /** The time of the decision, and not of this report: the page may have been frozen in between. */
  decidedAtMs: number
  /** This stopped the decision on the lane, an error or anything else: nothing of it was written. */
  broken: { error: unknown } | undefined
}

export interface Written {
  /** `undefined`: another context has the lease, and nothing was written. */
  decided: Decided[] | undefined
  /** The queue has to be looked at anew: the lease was claimed for it, or edits were moved to another lane. */
  isNew: boolean
  /** It may have ended since: then nothing of this counts. */
  term: AbortSignal
}

export interface Decisions {
  /** How many events are not decided yet. */
  readonly open: number
  /** The number of answers among these: they decide a lane's next step. */
  readonly concluding: number
  add(key: LaneKey, event: LaneEvent): void
  /**
   * Decides all open events in one transaction, and claims the lease for it if this context does not have it. Rejects when
   * storage fails: all stay open, since a settlement is never lost (R10). `undefined`: given up with the term.
   */
  write(): Promise<Written | undefined>
  /** The term has ended: what is known of answers is not written. */
  drop(): void
}

export function createDecisions(
  { db, platform: { clock } }: Pick<SenderParts, 'db' | 'platform'>,
  lease: Lease,
  /** Their term ends the decisions with it. */
  requests: Pick<Requests, 'term'>,
  contextOf: (lane: StoredLane, state: StateRow, epoch: number, named: NamedNow) => LaneContext | undefined,
): Decisions {
  let tasks: { key: LaneKey; event: LaneEvent; term: AbortSignal }[] = []
  return {
    get open() {
      return tasks.length
    },
    get concluding() {
      return tasks.filter(({ event }) => 'reply' in event).length
    },
    add: (key, event) => void tasks.push({ key, event, term: requests.term }),
    async write() {
      const batch = tasks
      const { term } = requests
      tasks = []
      const decided: Decided[] = []
      const jobs = batch.map(({ key, event, term: asked }, index) => {
        // S3: the open decisions of a term that has ended are never written (G5).
        assert(asked === term, 'S3', 'term')
        return {
          key,
          answered: 'reply' in event && event.reply.ok ? event.reply.id : undefined,
          // S9: it may run twice in one transaction, so it leaves nothing behind but its decision.
          decide(lane: StoredLane, state: StateRow, epoch: number, named: NamedNow) {
            const { session } = state
            const context = contextOf(lane, state, epoch, named)
            let plan: Plan | undefined
            let broken: Decided['broken']
            try {
              plan = context && decide(lane, event, context)
            } catch (error) {
              // One lane that cannot be understood must not keep the others of this transaction from being written (G4).
              plan = afterEvent(heldBy('damaged'), event, context!)
              broken = { error }
            }
            decided[index] = { key, plan, session, decidedAtMs: clock.now(), broken }
            return plan?.change
          },
        }
      })
      const work = (right: number | LeaseClaim): Promise<Granted> => workLanes(db, { jobs, right, nowMs: clock.now() })
      let granted: Granted | undefined
      let isNew = false
      try {
        // Claimed in the same transaction. One that is resumed is only checked.
        if (lease.epoch === undefined && !(await lease.acquire(term, async (claim) => (granted = await work(claim)))))
          return undefined
        isNew = granted !== undefined
        granted ??= await work(lease.epoch!)
      } catch (error) {
        if (term.aborted) return undefined
        tasks.unshift(...batch)
        throw error
      }
      if (!('epoch' in granted)) return { decided: undefined, isNew, term }
      return { decided, isNew: isNew || !!granted.movesEdits, term }
    },
    drop() {
      tasks = []
    },
  }
}
