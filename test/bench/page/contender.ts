/** The tasks of every contender: show an edit, make it durable, queue it, send it. */
export interface Contender {
  /** Opens the store as an app does when its page loads; resolves when edits can be made. */
  open(options: OpenOptions): Promise<Store>
}

/**
 * The loss that an edit survives once its promise has resolved. Strict: a power cut, since the browser has flushed it to the disk.
 * Relaxed: the end of the browser, which has handed it to the operating system. Memory: none.
 */
export type Durability = 'strict' | 'relaxed' | 'memory'

export interface OpenOptions {
  /** For those that let an app choose. */
  durability: Durability
  /** Nobody has been here before. */
  isFirst: boolean
}

export type Patch = { readonly [property: string]: string }
export type View = { readonly [property: string]: unknown } | undefined

export interface Store {
  /** Makes an edit; resolves when it is on the device, as durable as the contender makes it. */
  edit(id: string, patch: Patch): Promise<unknown>
  /** Calls back with the record's view, and again whenever that changes. */
  observe(id: string, seen: (view: View) => void): () => void
  /** Gets these records from the backend. */
  load(ids: readonly string[]): Promise<void>
  /** Sends, now that there is a network; resolves when nothing is pending any more, on the device either. */
  drained(): Promise<void>
  /** How many refusals the app was told of, or finds when it looks; those of an earlier visit too where it can. */
  refusals?(): Promise<number>
  close?(): Promise<void>
}

/** Where the backend is. */
export const api: string = `${location.origin}/api`

/** Sends one patch, as the backend's documentation says; answers with the whole record. Throws what it refuses. */
export async function sendPatch(id: string, patch: object): Promise<{ [property: string]: unknown }> {
  const response = await fetch(`${api}/users/${encodeURIComponent(id)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(patch),
  })
  if (!response.ok) throw new Refusal(response.status)
  return (await response.json()) as { [property: string]: unknown }
}

export async function readRecord(id: string): Promise<{ [property: string]: unknown }> {
  const response = await fetch(`${api}/data/Users/${encodeURIComponent(id)}`)
  if (!response.ok) throw new Refusal(response.status)
  return (await response.json()) as { [property: string]: unknown }
}

export class Refusal extends Error {
  constructor(readonly status: number) {
    super(`HTTP ${status}`)
  }
}

/** Runs `work` for each item, six at a time: as many requests as a browser makes to one host. */
export async function sixAtATime<T>(items: Iterable<T>, work: (item: T) => Promise<unknown>): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: 6 }, worker))
}
