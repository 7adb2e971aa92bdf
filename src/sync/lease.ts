// One sender (G5, R13): the lease row says who, the Web Lock tells of a release at once, and the epoch shuts out the deposed.
import { messageOf } from '../model/messages.js'
import type { Platform } from '../platform/platform.js'
import type { Database } from '../store/database.js'
import { beatLease, freeLease, type Granted, type LeaseClaim } from '../store/lease.js'

export interface Lease {
  /** While held. Every attempt and settlement is checked against it. */
  readonly epoch: number | undefined
  /** It is held, or resumable: given back last by this context, with its lock, and nobody was heard to take it since. */
  readonly isOurs: boolean
  /**
   * Waits for the lease, which `claim` asks for whenever that is worth a try. `false`: given up, by `signal`. One that is
   * resumable is not asked for: the next write shows whether it is still the same.
   */
  acquire(signal: AbortSignal, claim: (claim: LeaseClaim) => Promise<Granted>): Promise<boolean>
  /** Another context has it: what this one gave back is not resumed. */
  forget(): void
  /** Gives it back; the next one takes over at once. */
  release(): Promise<void>
  /** The same with no transaction, for a page that may never run again. What it left is fenced by the epoch. */
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
  /** It was got, or let go. */
  onChange?(held: boolean): void
  onTrouble(error: unknown): void
}

const beatMs = 30_000
/** The lock of a holder that is gone is granted at once; after this long the holder is asked. */
const patienceMs = 1_000

export function createLease({ db, platform, name, onDeposed, onChange, onTrouble }: LeaseParts): Lease {
  const { clock, random, locks, channels } = platform
  const holder = random.id()
  const lockName = `${name}:lease`
  const channel = channels.open(lockName)
  let epoch: number | undefined
  /** The last one that this context let go. */
  let formerEpoch: number | undefined
  /** The same, while it may be resumed. */
  let resumable: number | undefined
  let hidden = false
  let unlock: (() => void) | undefined
  let beating: AbortController | undefined
  let heardAtMs = 0
  /** Asked, and not answered yet. */
  let isMute = false
  let releasedEpoch: number | undefined
  let poke = (): void => {}

  channel.onMessage((message) => {
    const { word, released = -1 } = messageOf(message)
    if (word === 'held?') channel.post(epoch === undefined ? { released: formerEpoch } : 'held')
    if (word === 'held') {
      heardAtMs = clock.now()
      isMute = false
    }
    // Only what is news: two that wait for a third would otherwise wake each other without end. The row decides in any case.
    if (released > (releasedEpoch ?? -1)) releasedEpoch = released
    else if (word !== 'look') return
    poke()
  })

  const beat = async (): Promise<void> => {
    const at = epoch
    if (at === undefined || (await beatLease(db, at, { nowMs: clock.now(), hidden }))) return
    if (epoch === at) onDeposed()
  }

  const keepBeating = async (): Promise<void> => {
    const { signal } = (beating = new AbortController())
    while (!signal.aborted) {
      await clock.sleep(beatMs, signal)
      if (!signal.aborted) await beat().catch(onTrouble)
    }
  }

  const letGo = (): void => {
    formerEpoch = epoch
    epoch = undefined
    beating?.abort()
    unlock?.()
    unlock = undefined
    onChange?.(false)
  }

  /** Said too: WebKit keeps the lock of a page that it takes into its back/forward cache, whatever that page did about it. */
  const drop = (): void => {
    if (epoch === undefined) return
    letGo()
    channel.post({ released: formerEpoch })
  }

  return {
    get epoch() {
      return epoch
    },
    get isOurs() {
      return (epoch ?? resumable) !== undefined
    },
    forget: () => void (resumable = undefined),
    async acquire(signal, claim) {
      if (epoch !== undefined || signal.aborted) return !signal.aborted
      const waiting = new AbortController()
      let turn = new AbortController()
      let unlockNow: (() => void) | undefined
      poke = () => turn.abort()
      releasedEpoch = undefined
      isMute = false
      heardAtMs = clock.now()
      const giveUp = (): void => {
        waiting.abort()
        poke()
      }
      signal.addEventListener('abort', giveUp, { signal: waiting.signal })
      void locks
        ?.hold(lockName, waiting.signal, () => {
          if (waiting.signal.aborted) return Promise.resolve()
          poke()
          return new Promise((resolve) => (unlockNow = resolve))
        })
        .catch(onTrouble)
      let pauseMs = locks ? patienceMs : 0
      try {
        for (;;) {
          if (pauseMs) await clock.sleep(pauseMs, turn.signal)
          if (signal.aborted) return false
          turn = new AbortController()
          const nowMs = clock.now()
          const locked = unlockNow !== undefined
          const resumed = locked ? resumable : undefined
          resumable = undefined
          // After the clock was set back, its silence counts from here.
          heardAtMs = Math.min(heardAtMs, nowMs)
          const asked = { holder, nowMs, hidden, locked, heardAtMs, isMute, releasedEpoch }
          const granted = resumed === undefined ? await claim(asked) : { epoch: resumed }
          if ('epoch' in granted) {
            epoch = granted.epoch
            onChange?.(true)
            if (locked) [unlock, unlockNow] = [unlockNow, undefined]
            if (signal.aborted) drop()
            else void keepBeating()
            return !signal.aborted
          }
          isMute = true
          channel.post('held?')
          pauseMs = Math.max(patienceMs, granted.againAtMs - nowMs)
        }
      } finally {
        poke = () => {}
        waiting.abort()
        unlockNow?.()
      }
    },
    async release() {
      if (epoch !== undefined && !unlock) await freeLease(db, epoch).catch(onTrouble)
      // A lock tells by itself.
      if (unlock) {
        resumable = epoch
        letGo()
      } else drop()
    },
    drop,
    setHidden(next) {
      if (next === hidden) return
      hidden = next
      // Whoever waits need not wait as long as for a page that is looked at.
      if (epoch !== undefined) void beat().then(() => channel.post('look'), onTrouble)
    },
    close() {
      drop()
      channel.close()
    },
  }
}
