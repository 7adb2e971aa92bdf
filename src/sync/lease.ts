/*
 * One sender (G5, R13): the lease row says which context, the Web Lock tells of a release at once, and the epoch shuts out the deposed.
 *
 *   none ──acquire──▶ waiting ──granted──▶ held ──drop, or release without a lock──▶ none
 *                      ▲   │                 │
 *              acquire │   │ given up        │ release with the lock
 *                      │   ▼                 ▼
 *                      resumable ◀───────────┘ ──forget──▶ none
 *
 * T1: one wait at a time. T2: only what is held has an epoch, beats, and keeps the lock. T3: a wait that ends leaves neither a place in
 * the lock's queue nor a sleeper behind. T4: only a context with the lock resumes, and only once.
 */
import { assert } from '../model/assert.js'
import type { Platform } from '../platform/platform.js'
import type { Database } from '../store/database.js'
import { beatLease, freeLease, type Granted, type LeaseClaim } from '../store/lease.js'
import { createLeaseTalk } from './lease-talk.js'

export interface Lease {
  /** The name of this context in the lease's row. */
  readonly holder: string
  /** The page of this context is hidden. A worker has none. */
  readonly isHidden: boolean
  /** Another context has it, and this one waits for it. */
  readonly isWaiting: boolean
  /** While held. Every attempt and settlement is checked against it. */
  readonly epoch: number | undefined
  /** It is held, or resumable: given back last by this context, with its lock, and nobody was heard to take it since. */
  readonly isOurs: boolean
  /**
   * Waits for the lease, and calls `claim` whenever a try is worth it. `false`: given up, by `signal`. A resumable lease
   * needs no claim: the next write shows whether it is still the same.
   */
  acquire(signal: AbortSignal, claim: (claim: LeaseClaim) => Promise<Granted>): Promise<boolean>
  /** Another context has it: this context does not resume the lease that it gave back. */
  forget(): void
  /** Gives it back; the next one takes over at once. */
  release(): Promise<void>
  /** The same with no transaction, for a page that may never run again. The epoch fences the row that it leaves. */
  drop(): void
  /** Written before any freeze, so that others need not wait long for a page that may be frozen. */
  setHidden(hidden: boolean): void
  close(): void
}

export interface LeaseParts {
  db: Database
  platform: Pick<Platform, 'clock' | 'random' | 'locks' | 'channels'>
  name: string
  /** Another context has taken it. */
  onDeposed(): void
  /** The lease was got, or let go. */
  onChange?(held: boolean): void
  onError(error: unknown): void
}

type State =
  | { is: 'none'; epoch?: undefined }
  /** `epoch`: to be resumed, if the lock comes with the first try. */
  | { is: 'waiting'; epoch: number | undefined }
  /** `over`: once aborted, the beat ends and the lock is free. `locked`: there is one. */
  | { is: 'held'; epoch: number; over: AbortController; locked: boolean }
  | { is: 'resumable'; epoch: number }

const beatMs = 30_000
/** The lock of a holder that is gone is granted at once; after this long the holder is asked. */
const patienceMs = 1_000

export function createLease({ db, platform, name, onDeposed, onChange, onError }: LeaseParts): Lease {
  const { clock, random, locks, channels } = platform
  const holder = random.id()
  const lockName = `${name}:lease`
  const channel = channels.open(lockName)
  const talk = createLeaseTalk(channel, clock)
  let state: State = { is: 'none' }
  let hidden = false
  const heldEpoch = (): number | undefined => (state.is === 'held' ? state.epoch : undefined)
  const formerly = (epoch: number | undefined): State =>
    epoch === undefined ? { is: 'none' } : { is: 'resumable', epoch }

  const beat = async (): Promise<void> => {
    const at = heldEpoch()
    if (at === undefined || (await beatLease(db, at, { nowMs: clock.now(), hidden }))) return
    if (heldEpoch() === at) onDeposed()
  }

  const keepBeating = async ({ signal }: AbortController): Promise<void> => {
    for (;;) {
      await clock.sleep(beatMs, signal)
      if (signal.aborted) return
      await beat().catch(onError)
    }
  }

  /**
   * `isResumable`: a lock shows the release by itself. Else a message does: WebKit keeps the lock of a page in its
   * back/forward cache.
   */
  const letGo = (isResumable = false): void => {
    if (state.is !== 'held') return
    const { epoch, over } = state
    state = formerly(isResumable ? epoch : undefined)
    over.abort()
    onChange?.(false)
    talk.answer = { released: epoch }
    if (!isResumable) channel.post(talk.answer)
  }

  return {
    holder,
    get isHidden() {
      return hidden
    },
    get isWaiting() {
      return state.is === 'waiting'
    },
    get epoch() {
      return heldEpoch()
    },
    get isOurs() {
      return state.epoch !== undefined
    },
    forget() {
      if (state.is === 'resumable') state = { is: 'none' }
      else if (state.is === 'waiting') state.epoch = undefined
    },
    async acquire(signal, claim) {
      if (state.is === 'held' || signal.aborted) return !signal.aborted
      assert(state.is !== 'waiting', 'T1', 'acquire')
      const waiting: State = { is: 'waiting', epoch: state.epoch }
      state = waiting
      talk.listen()
      let over = new AbortController()
      const queued = over.signal
      let isLocked = false
      const giveUp = (): void => {
        over.abort()
        talk.poke()
      }
      signal.addEventListener('abort', giveUp)
      void locks
        ?.hold(lockName, queued, () => {
          if (queued.aborted) return Promise.resolve()
          isLocked = true
          talk.poke()
          return new Promise((resolve) => queued.addEventListener('abort', () => resolve()))
        })
        .catch(onError)
      let pauseMs = locks ? patienceMs : 0
      try {
        for (;;) {
          const holderNews = await talk.pause(pauseMs)
          if (signal.aborted) return false
          const nowMs = clock.now()
          const locked = isLocked
          const resumed = locked ? waiting.epoch : undefined
          waiting.epoch = undefined
          const granted =
            resumed === undefined ? await claim({ holder, nowMs, hidden, locked, ...holderNews }) : { epoch: resumed }
          if ('epoch' in granted) {
            if (!locked) {
              // The lock would come when it proves nothing any more.
              over.abort()
              over = new AbortController()
            }
            state = { is: 'held', epoch: granted.epoch, over, locked }
            talk.answer = 'held'
            onChange?.(true)
            if (signal.aborted) letGo()
            else void keepBeating(over)
            return !signal.aborted
          }
          talk.ask()
          pauseMs = Math.max(patienceMs, granted.againAtMs - nowMs)
        }
      } finally {
        signal.removeEventListener('abort', giveUp)
        if (state === waiting) {
          over.abort()
          state = formerly(waiting.epoch)
        }
      }
    },
    async release() {
      if (state.is !== 'held') return
      if (state.locked) return letGo(true)
      await freeLease(db, state.epoch).catch(onError)
      letGo()
    },
    drop: () => letGo(),
    setHidden(next) {
      if (next === hidden) return
      hidden = next
      // The holder's silence counts sooner than that of a visible page.
      if (state.is === 'held') void beat().then(() => channel.post('look'), onError)
    },
    close() {
      letGo()
      channel.close()
    },
  }
}
