/* In the page: the work with a list of records that is timed, the same for every contender. */
import { moment, now, watchTasks } from './timing.js'

/** A record as lists show it. */
export interface ListRow {
  readonly id: string
  readonly value: { readonly [property: string]: unknown }
  readonly state: string
}

export interface ListStore {
  /** Calls back with the rows once they are read from the device, and again whenever one changes. */
  observe(seen: (rows: readonly ListRow[]) => void): () => void
  /** Calls back once, when the record's view is read from the device. */
  look(id: string, seen: () => void): void
  /** Shows the edit before it returns; resolves when it is on the device. */
  edit(id: string, patch: { readonly [property: string]: string }): Promise<unknown>
  /** Gets all records from the backend, a page at a time; resolves when they are on the device and shown. */
  pull(): Promise<unknown>
}

export interface ListContender {
  /** Opens the store as an app does when its page loads. Pending edits are sent from then on, six at a time. */
  open(options: { isFirst: boolean }): Promise<ListStore>
}

export interface ListBench {
  open(options: { isFirst: boolean }): Promise<void>
  pull(): Promise<void>
  /** Edits so many of so many records, spread over all of them. */
  queue(edits: number, records: number): Promise<void>
  /** From the call of `open` on, milliseconds until so many rows are shown; then the rows stay observed. */
  first(rows: number): Promise<number>
  /** From the call of `open` on, milliseconds until the view of one record is shown. */
  look(): Promise<number>
  /** Edits other records than `queue` has. Milliseconds from each call until the observer has the list with the edit. */
  edits(count: number): Promise<number[]>
  /** The rows that are shown as pending. */
  pending(): number
  /** Pulls into a list that is observed. The longest task is 0 when none was longer than the 50 ms from which a browser tells. */
  pullShown(rows: number): Promise<{ pulledMs: number; longestTaskMs: number }>
}

declare global {
  var list: ListBench
}

export const itemId = (index: number): string => `item-${index.toString().padStart(6, '0')}`

/** To be called by the page of each contender. */
export function serveLists(contender: ListContender): void {
  let store: ListStore
  let shown: readonly ListRow[] = []
  let seen = (): void => {}

  const observe = (): void => {
    store.observe((rows) => {
      shown = rows
      seen()
    })
  }
  const until = (isDone: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      seen = () => {
        if (isDone()) resolve()
      }
      seen()
    })

  globalThis.list = {
    async open(options) {
      store = await contender.open(options)
    },
    async pull() {
      await store.pull()
    },
    async queue(edits, records) {
      const step = Math.floor(records / edits)
      await Promise.all(
        Array.from({ length: edits }, (_, index) => store.edit(itemId(index * step), { name: `queued ${index}` })),
      )
    },
    async first(rows) {
      const startMs = now()
      store = await contender.open({ isFirst: false })
      observe()
      await until(() => shown.length === rows)
      return now() - startMs
    },
    async look() {
      const startMs = now()
      store = await contender.open({ isFirst: false })
      await new Promise<void>((resolve) => store.look(itemId(0), resolve))
      return now() - startMs
    },
    async edits(count) {
      const times: number[] = []
      const step = Math.floor(shown.length / count)
      for (let index = 0; index < count; index++) {
        // Odd, and none that is queued.
        const at = 1 + index * step
        const value = `edit ${index}`
        let seenAtMs = NaN
        seen = () => {
          if (shown[at]!.value['name'] === value) seenAtMs = now()
        }
        const startMs = now()
        const saved = store.edit(itemId(at), { name: value })
        times.push(seenAtMs - startMs)
        await saved
        await moment(10)
      }
      seen = () => {}
      return times
    },
    pending: () => shown.filter(({ state }) => state === 'pending').length,
    async pullShown(rows) {
      const { result, longestTaskMs } = await watchTasks(async () => {
        const startMs = now()
        if (!shown.length) observe()
        await Promise.all([store.pull(), until(() => shown.length === rows)])
        return now() - startMs
      })
      return { pulledMs: result, longestTaskMs }
    },
  }
}
