// One sender (G5, R13): the lease row says who, the Web Lock tells of a release at once, and the epoch shuts out the deposed.
import type { Platform } from '../platform/platform.js'
import type { Database } from '../store/database.js'
import { beatLease, claimLease, freeLease } from '../store/lease.js'

export interface Lease {
  /** While held. Every attempt and settlement is checked against it. */
  readonly epoch: number | undefined
  /** Waits for the lease. `false`: given up, by `signal`. */
  acquire(signal: AbortSignal): Promise<boolean>
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
  onTrouble(error: unknown): void
}

const beatMs = 30_000
/** The lock of a live holder is granted at once; after this long its holder is asked. */
const patienceMs = 1_000

export function createLease({ db, platform, name, onDeposed, onTrouble }: LeaseParts): Lease {
  const { clock, random, locks, channels } = platform
  const holder = random.id()
  const lockName = `${name}:lease`
  const channel = channels.open(lockName)
  let epoch: number | undefined
  let hidden = false
  let answeredAtMs = 0
  let unlock: (() => void) | undefined
  let beating: AbortController | undefined
  let poke = (): void => {}

  channel.onMessage((message) => {
    if (message === 'held?') {
      if (epoch !== undefined) channel.post('held')
    } else if (message === 'held') answeredAtMs = clock.now()
    else if (message === 'released') poke()
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

  const drop = (): void => {
    epoch = undefined
    beating?.abort()
    unlock?.()
    unlock = undefined
    channel.post('released')
  }

  return {
    get epoch() {
      return epoch
    },
    async acquire(signal) {
      if (epoch !== undefined) return true
      const waiting = new AbortController()
      let locked = false
      let turn = new AbortController()
      poke = () => turn.abort()
      const giveUp = (): void => {
        waiting.abort()
        poke()
      }
      signal.addEventListener('abort', giveUp)
      let letGo: (() => void) | undefined
      void locks
        ?.hold(lockName, waiting.signal, () => {
          if (waiting.signal.aborted) return Promise.resolve()
          locked = true
          turn.abort()
          return new Promise((resolve) => (letGo = resolve))
        })
        .catch(onTrouble)
      const askedAtMs = clock.now()
      let pauseMs = locks ? patienceMs : 0
      try {
        while (!signal.aborted) {
          if (!locked && pauseMs > 0) await clock.sleep(pauseMs, turn.signal)
          if (signal.aborted) break
          turn = new AbortController()
          const nowMs = clock.now()
          const granted = await claimLease(db, { holder, nowMs, hidden, locked, askedAtMs, answeredAtMs })
          if ('epoch' in granted) {
            epoch = granted.epoch
            unlock = letGo
            void keepBeating()
            return true
          }
          channel.post('held?')
          pauseMs = Math.max(patienceMs, granted.againAtMs - nowMs)
          // The lock without the row: its holder never had it, and is asked like any other.
          if (locked) await clock.sleep(patienceMs, signal)
        }
        return false
      } finally {
        signal.removeEventListener('abort', giveUp)
        poke = () => {}
        if (epoch === undefined || !locked) {
          waiting.abort()
          letGo?.()
        }
      }
    },
    async release() {
      const held = epoch
      const needsRow = !unlock
      if (held === undefined) return
      epoch = undefined
      if (needsRow) await freeLease(db, held).catch(onTrouble)
      drop()
    },
    drop,
    setHidden(next) {
      hidden = next
      if (epoch !== undefined) void beat().catch(onTrouble)
    },
    close() {
      drop()
      channel.close()
    },
  }
}
