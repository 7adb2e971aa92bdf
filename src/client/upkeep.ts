// Floor 5: the work of a client beside sending: it reads a base that is old again (R16), fetches descriptions, drops old
// fates (R10), has a torn log replaced (G15), and looks for edits that were left in other databases.
import type { LiveViews } from '../live/live.js'
import { recordName } from '../live/snapshot.js'
import type { TraceStep } from '../model/events.js'
import type { RecordOf } from '../model/record.js'
import type { Platform } from '../platform/platform.js'
import { besides } from '../store/beside.js'
import type { MetaRow } from '../store/database.js'
import { pruneFates } from '../store/fates.js'
import { readVersion } from '../store/read-snapshot.js'
import { rotateAfterKill } from '../store/rotate-after-kill.js'
import type { Session } from '../store/rows.js'
import type { Lifecycle } from './lifecycle.js'
import type { OnlineCalls } from './online-calls.js'
import type { CoreOptions } from './options.js'
import type { Parts } from './parts.js'
import type { Pulls } from './pulls.js'
import type { StorageHealth } from './storage-health.js'

/** A base older than this is read again on start, on becoming visible and on coming online (R16). */
const refreshAfterMs = 300_000

export interface Upkeep {
  /** A session may be new: the sender looks, and behind it the client fetches what the session needs from the backend. */
  begin(reason: 'start' | 'login'): void
  /** To be called once, after the beginning. `meta`: the rows at the start. */
  tidy(parts: Parts, meta: readonly MetaRow[]): void
  /** Reads the account's own record, and pulls lists, when they are old and somebody may be looking. Others report the trouble. */
  refreshOld(): Promise<void>
  /** Resolves when no work is under way that closing waits for. */
  ended(): Promise<unknown>
}

export interface UpkeepParts {
  life: Lifecycle
  live: LiveViews
  health: Pick<StorageHealth, 'failed'>
  calls: Pick<OnlineCalls, 'refresh' | 'describe'>
  pulls: Pick<Pulls, 'look' | 'ended'>
  platform: Platform
  options: Pick<CoreOptions, 'endpoints'>
  ownRecord?: RecordOf | undefined
  trace(step: TraceStep): void
}

export function createUpkeep(parts: UpkeepParts): Upkeep {
  const { life, live, health, calls, pulls, platform, options, ownRecord, trace } = parts
  const { clock, visibility, databases } = platform
  /** Behind the sender's first look. */
  let looking: Promise<unknown> | undefined
  let tidying: Promise<unknown> | undefined

  /** The session, while the backend can be asked in its name. */
  const askable = (): Session | undefined => {
    const session = live.feed.snapshot?.session
    return session?.expired ? undefined : session
  }

  const refreshOld = async (): Promise<void> => {
    pulls.look()
    const session = askable()
    if (!ownRecord || !session || visibility.hidden) return
    const key = ownRecord(session.account)
    const atMs = live.feed.lane(recordName(key))?.row.baseAtMs
    if (atMs === undefined || Math.abs(clock.now() - atMs) > refreshAfterMs) await calls.refresh(key).catch(() => {})
  }

  /** Edits are compared without a description while there is none; the next start or login fetches it again. */
  const describeAll = async (): Promise<void> => {
    if (!askable()) return
    for (const [collection, endpoint] of Object.entries(options.endpoints))
      if (endpoint.describe) await calls.describe(collection).catch(() => {})
  }

  /** Resolves when something is pending, of any tab. */
  const edited = (): Promise<void> =>
    new Promise((resolve) => {
      const watching = live.status$.subscribe(({ pending }) => {
        if (!pending) return
        resolve()
        // The first value comes before `subscribe` has returned.
        queueMicrotask(() => watching.unsubscribe())
      })
    })

  let isOpen = false
  live.session$.subscribe(({ state }) => {
    // Another tab has logged in: lists that this one shows are looked at by nobody else.
    if (isOpen && state === 'signed-in') pulls.look()
    isOpen ||= state !== 'opening'
  })

  const unlessClosed = (run: () => Promise<void>) => () => (life.closed.aborted ? undefined : run())

  return {
    begin(reason) {
      const { db, sender } = life.parts!
      sender.wake(reason)
      // The requests to the backend must not delay the sender's first look, and this code follows that look.
      looking = readVersion(db).catch(health.failed)
      void looking.then(() => Promise.all([refreshOld(), describeAll()]))
    },
    tidy({ db, sender }, meta) {
      const { name } = db
      const isEdited = edited()
      tidying = Promise.all([
        // Must not delay the edits that are to be sent.
        sender.idle().then(unlessClosed(() => pruneFates(db, clock.now()))),
        // Behind the sender's first look, no later: a kill before this has ended can cost all.
        looking!.then(unlessClosed(() => rotateAfterKill(db, meta, platform, isEdited, life.closed))),
      ]).catch(health.failed)
      // Nobody waits for this, and closing does not: it waits for any context that is about to change one of those databases.
      void looking!
        .then(() => besides(databases.factory!.indexedDB, name))
        .then((others) => others.filter(({ pending }) => pending).forEach((one) => trace({ type: 'stranded', ...one })))
        .catch(() => {})
    },
    refreshOld,
    ended: () => Promise.all([tidying, looking, pulls.ended()]),
  }
}
