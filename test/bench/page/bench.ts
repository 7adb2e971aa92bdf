/* In the page: the work that is timed, the same for every contender. */
import type { Contender, Durability, OpenOptions, Store, View } from './contender.js'
import { moment, now, watchTasks } from './timing.js'
import { durabilityOf, watchWrites } from './writes.js'

export interface EditTimes {
  seenMs: number[]
  durableMs: number[]
}

export interface BurstTimes {
  /** Until the calls have returned, and until all is durable. */
  calledMs: number
  durableMs: number
  /** The longest task of the main thread; 0 when none was longer than the 50 ms from which a browser tells. */
  longestTaskMs: number
}

export interface OpenTimes {
  readableMs: number
  sendingMs: number | undefined
}

export interface Bench {
  open(options: OpenOptions): Promise<void>
  /** Before `open`: has the transactions that write noted, for `durability`. */
  watchWrites(): void
  /** Makes an edit, and says how durable the transactions are that were begun until it resolved. */
  durability(): Promise<Durability>
  /** Makes a first edit, has it sent, and lets what a store does once after its start be over. */
  settle(sends: boolean): Promise<void>
  /** Edits one record `count` times, each after the one before was durable and the page had a moment. */
  edits(count: number): Promise<EditTimes>
  /** Edits one record `count` times, each after the one before was sent and answered; until each was durable. */
  settled(count: number): Promise<number[]>
  /** Edits a record `count` times, one each `everyMs`, whether or not the one before is durable; until each was durable. */
  typing(count: number, everyMs: number, record: number): Promise<number[]>
  burst(edits: number, records: number): Promise<BurstTimes>
  awaited(count: number): Promise<number>
  load(records: number): Promise<void>
  /** Queues edits, ten to a record unless told otherwise, in portions. Milliseconds until all are durable. */
  queue(edits: number, perRecord?: number): Promise<number>
  /** Milliseconds from the `online` event on until nothing is pending. */
  drain(): Promise<number>
  /** From the call of `open` on, until the first record's last queued edit is seen, and until the first request leaves. */
  reopen(options: OpenOptions & { sends: boolean; until?: string }, queued: number): Promise<OpenTimes>
  /** How long the page's script took to compile and to run, from its arrival on. */
  scriptMs(): number
  /** Queues so many edits of one record, of which the backend refuses the first. */
  queueRefusal(edits: number): Promise<void>
  /** The first record as it is shown, and how many refusals the app is told of. */
  look(): Promise<{ view: View; refusals: number | undefined }>
}

declare global {
  var bench: Bench
}

export const idOf = (index: number): string => `user-${index.toString().padStart(6, '0')}`
const perLane = 10
/** As short as the values that people pick from a list, so that bodies show what else is sent. */
const valueOf = (index: number): string => `v${index % 1_000}`

/** Called for the first request that carries an edit, or reads what one is compared with. */
let onRequest: (() => void) | undefined
const plainFetch = globalThis.fetch
globalThis.fetch = (input, init) => {
  if (onRequest && /\/(users|data\/Users)\/user-/.test(input instanceof Request ? input.url : String(input))) {
    onRequest()
    onRequest = undefined
  }
  return plainFetch(input, init)
}

/** Observes a record, and says when it was shown with a value. */
function watch(store: Store, id: string): { until(name: string, value: string): Promise<number>; stop(): void } {
  let view: View
  let waiting: { name: string; value: string; resolve(atMs: number): void } | undefined
  const stop = store.observe(id, (next) => {
    view = next
    if (waiting && view?.[waiting.name] === waiting.value) {
      const { resolve } = waiting
      waiting = undefined
      resolve(now())
    }
  })
  return {
    stop,
    until: (name, value) =>
      new Promise((resolve) => {
        if (view?.[name] === value) resolve(now())
        else waiting = { name, value, resolve }
      }),
  }
}

/** To be called by the page of each contender. */
export function serveBench(contender: Contender): void {
  let store: Store

  globalThis.bench = {
    async open(options) {
      store = await contender.open(options)
    },
    watchWrites,
    durability: () => durabilityOf(() => store.edit(idOf(0), { name: 'watched' })),
    async settle(sends) {
      await store.edit(idOf(0), { name: 'first' })
      if (sends) await Promise.race([store.drained(), moment(2_000)])
      await moment(600)
    },
    async edits(count) {
      const times: EditTimes = { seenMs: [], durableMs: [] }
      const watched = watch(store, idOf(0))
      // The first ones are made while the code is still cold, and not counted.
      const warmUp = Math.ceil(count / 4)
      for (let index = -warmUp; index < count; index++) {
        const value = `new ${index}`
        let seenAtMs = 0
        const seen = watched.until('name', value).then((atMs) => (seenAtMs = atMs))
        const startMs = now()
        await store.edit(idOf(0), { name: value })
        const durableAtMs = now()
        await seen
        if (index >= 0) {
          times.seenMs.push(seenAtMs - startMs)
          times.durableMs.push(durableAtMs - startMs)
        }
        await moment(4)
      }
      watched.stop()
      return times
    },
    async settled(count) {
      const durableMs: number[] = []
      for (let index = 0; index < count; index++) {
        const startMs = now()
        await store.edit(idOf(0), { name: valueOf(index) })
        durableMs.push(now() - startMs)
        await store.drained()
      }
      return durableMs
    },
    async typing(count, everyMs, record) {
      const durableMs: number[] = []
      const saving: Promise<unknown>[] = []
      for (let index = 0; index < count; index++) {
        const startMs = now()
        saving.push(store.edit(idOf(record), { name: valueOf(index) }).then(() => durableMs.push(now() - startMs)))
        await moment(everyMs)
      }
      await Promise.all(saving)
      return durableMs
    },
    async burst(edits, records) {
      const { result, longestTaskMs } = await watchTasks(async () => {
        const startMs = now()
        const saved = Array.from({ length: edits }, (_, index) =>
          store.edit(idOf(index % records), { name: valueOf(index) }),
        )
        const calledMs = now() - startMs
        await Promise.all(saved)
        return { calledMs, durableMs: now() - startMs }
      })
      return { ...result, longestTaskMs }
    },
    async awaited(count) {
      const startMs = now()
      for (let index = 0; index < count; index++) await store.edit(idOf(0), { name: valueOf(index) })
      return now() - startMs
    },
    load: (records) => store.load(Array.from({ length: records }, (_, index) => idOf(index))),
    async queue(edits, perRecord = perLane) {
      const records = Math.ceil(edits / perRecord)
      const portion = 2_000
      const startMs = now()
      for (let from = 0; from < edits; from += portion) {
        const count = Math.min(portion, edits - from)
        // Round after round over the records, so that the last round is the last edit of each.
        const saved = Array.from({ length: count }, (_, index) => {
          const round = Math.floor((from + index) / records)
          return store.edit(idOf((from + index) % records), { name: `v${round}` })
        })
        await Promise.all(saved)
      }
      return now() - startMs
    },
    drain: () =>
      new Promise((resolve, reject) => {
        const begin = (): void => {
          const startMs = now()
          store.drained().then(() => resolve(now() - startMs), reject)
        }
        if (navigator.onLine) begin()
        else addEventListener('online', begin, { once: true })
      }),
    async reopen(options, queued) {
      const last = options.until ?? `v${Math.ceil(queued / Math.ceil(queued / perLane)) - 1}`
      let sendingAtMs = 0
      const sending = new Promise<void>((resolve) => {
        onRequest = () => {
          sendingAtMs = now()
          resolve()
        }
      })
      const startMs = now()
      store = await contender.open(options)
      const watched = watch(store, idOf(0))
      const readableAtMs = await watched.until('name', last)
      const readableMs = readableAtMs - startMs
      if (!options.sends) return { readableMs, sendingMs: undefined }
      void store.drained().catch(() => {})
      await sending
      return { readableMs, sendingMs: sendingAtMs - startMs }
    },
    scriptMs() {
      const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
      const arrived = performance
        .getEntriesByType('resource')
        .map((one) => (one as PerformanceResourceTiming).responseEnd)
      // A module runs before this event.
      return page!.domContentLoadedEventStart - Math.max(...arrived)
    },
    async queueRefusal(edits) {
      const saved = [store.edit(idOf(0), { email: 'refused' })]
      for (let index = 1; index < edits; index++)
        saved.push(store.edit(idOf(0), { [`p${index % 10}`]: valueOf(index) }))
      await Promise.all(saved)
    },
    async look() {
      let view: View
      const stop = store.observe(idOf(0), (next) => (view = next))
      await moment(500)
      stop()
      return { view, refusals: await store.refusals?.() }
    },
  }
}
