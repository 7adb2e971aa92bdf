// Floor 7: a clock that stands still until a test lets time pass.
import type { Clock } from '../platform/platform.js'
import { nextTurn } from '../platform/turn.js'

interface Sleeper {
  dueAtMs: number
  wake(): void
}

/** How many turns of the event loop work may take that a wake-up starts; a transaction of fake-indexeddb takes a few. */
const turnsAfterWake = 25

/** A clock that stands still until it is told to go on. */
export class VirtualClock implements Clock {
  #nowMs: number
  readonly #sleepers = new Set<Sleeper>()

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const wake = () => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const sleeper = { dueAtMs: this.#nowMs + Math.max(ms, 0), wake }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', wake)
    })
  }

  /** How many sleep now: none when all is quiet (G14). */
  get sleeping(): number {
    return this.#sleepers.size
  }

  /** When the next one wakes; undefined when none sleeps. */
  get nextDueAtMs(): number | undefined {
    return this.#next()?.dueAtMs
  }

  /** Lets `ms` pass: wakes each sleeper at its time, and lets what it starts get on before the next one. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await turns()
    for (let next = this.#next(); next && next.dueAtMs <= endMs; next = this.#next()) {
      this.#nowMs = Math.max(this.#nowMs, next.dueAtMs)
      next.wake()
      await turns()
    }
    this.#nowMs = endMs
  }

  /** Sets the clock, as a person or the network does: sleepers keep the time that they have left. */
  jump(ms: number): void {
    this.#nowMs += ms
    for (const sleeper of this.#sleepers) sleeper.dueAtMs += ms
  }

  #next(): Sleeper | undefined {
    let next: Sleeper | undefined
    for (const sleeper of this.#sleepers) if (!next || sleeper.dueAtMs < next.dueAtMs) next = sleeper
    return next
  }
}

/** Lets work that waits for nothing but IndexedDB, messages and promises get on. */
export async function turns(count: number = turnsAfterWake): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn()
}
