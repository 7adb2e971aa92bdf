// Floor 2: the outside world. The only floor that touches globals; each part above takes the members that it needs.

/** Milliseconds since the epoch, and sleeping. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Random {
  /** At least 0, below 1. For jitter. */
  number(): number
  /** Fresh, unguessable, at least 96 bits, of letters and digits only. */
  id(): string
  /** Noise that does not compress; at most 65,536 bytes. */
  bytes(size: number): Uint8Array
}

/** The word of the device on its network. */
export interface Connectivity {
  /** `navigator.onLine`: false is a hint to wait, true proves nothing (R12). */
  readonly online: boolean
  /** Calls back at each change; returns the unsubscribe. */
  onChange(listener: (online: boolean) => void): () => void
}

/** `hide`: hidden but running. `freeze`/`pagehide`: may never run again. `resume`/`pageshow`: back after those. */
export type VisibilityEvent = 'hide' | 'show' | 'freeze' | 'resume' | 'pagehide' | 'pageshow'

export interface Visibility {
  readonly hidden: boolean
  onEvent(listener: (event: VisibilityEvent) => void): () => void
}

export interface Locks {
  /**
   * Waits for the exclusive lock and calls `held`; the lock is released when its promise settles. Resolves after the release.
   * When `signal` aborts first, it resolves at once, without a call of `held`.
   */
  hold(name: string, signal: AbortSignal, held: () => Promise<void>): Promise<void>
}

export interface Channel {
  post(message: unknown): void
  onMessage(listener: (message: unknown) => void): () => void
  close(): void
}

export interface Channels {
  /** Reaches the other contexts of this origin that opened the same name, never the sender. */
  open(name: string): Channel
}

/**
 * The place of databases. `heal` gives a factory that works after this document lost its connection (WebKit), if there is
 * one.
 */
export interface Databases {
  readonly factory: { indexedDB: IDBFactory; IDBKeyRange: typeof IDBKeyRange } | undefined
  heal?(): { indexedDB: IDBFactory; IDBKeyRange: typeof IDBKeyRange } | undefined
  /** Whether nothing outlives the window, as far as this browser lets a page know. */
  isVolatile?(): Promise<boolean>
  /** A killed browser can leave a log behind that costs all data at a later start (Chromium's LevelDB). */
  readonly tearsLog?: boolean
  /**
   * Whether some megabytes can be written, tried beside the databases. For engines where opening a database while the disk is
   * full can cost all its data (Chromium).
   */
  hasRoom?(): Promise<boolean>
}

/** The browser wakes a service worker when there is a network, with no page open too. */
export interface BackgroundSync {
  /** In a page: asks for one wake-up under this name. Does nothing where that is not possible. */
  register(tag: string): void
  /** In the worker, which lives until the promise settles; where it rejects, another wake-up follows. Returns the unsubscribe. */
  onSync(tag: string, run: () => Promise<void>): () => void
}

/**
 * The parts of the browser that Holdfast uses. An app gives those that its surroundings have in another form; the others are the
 * browser's own.
 */
export interface Platform {
  /** The time, and every wait. */
  clock: Clock
  /** Ids, and the jitter of pauses. */
  random: Random
  /** Sends the requests. */
  fetch: typeof fetch
  /** Default: `navigator.onLine` and its events. */
  connectivity: Connectivity
  /** Default: the events of page and document; always visible where there is no document. */
  visibility: Visibility
  /** Web Locks; `undefined`: there are none, and the lease in the database alone decides which tab sends. */
  locks: Locks | undefined
  /** Messages between tabs. Default: BroadcastChannel. */
  channels: Channels
  /** IndexedDB, and what is known of this engine's. */
  databases: Databases
  /** Background Sync; absent: the browser has none. */
  backgroundSync?: BackgroundSync
  /** Cache Storage, if there is one. */
  caches: CacheStorage | undefined
}
