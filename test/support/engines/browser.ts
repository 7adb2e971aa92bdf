import type { Engine } from './detect.js'
import type { Site } from './site.js'

/** Where a browser keeps what must outlive it, and what it is to show. */
export interface LaunchOptions {
  /** The profile's folder; launching again on it is how a test restarts a browser. */
  readonly profileDir: string
  readonly site: Site
  /** The first tab's path and query; default `/`. */
  readonly path?: string
  /** All its windows are private ones. */
  readonly isPrivate?: boolean
  /** The person's wishes, as the system tells them. Default: as the engine has them. */
  readonly taste?: Taste
}

export interface Taste {
  /** Dark colours, else light ones. */
  readonly isDark: boolean
  /** As little motion as can be. */
  readonly isStill: boolean
}

/** A running browser that a test drives from outside. */
export interface Browser {
  readonly engine: Engine
  /** The browser's own process: the leader of its process group. */
  readonly pid: number
  /** The tab that it was launched with; the page's scripts have run. */
  readonly first: Tab
  /** Opens the site in one more tab; resolves when the page's scripts have run. */
  open(path?: string): Promise<Tab>
  /** SIGKILL to every process of the browser; resolves when they are gone. */
  kill(): Promise<void>
  /** Ends the browser the way a person does, where the engine lets us; else as `kill`. */
  close(): Promise<void>
}

export interface Tab {
  /**
   * Runs a function in the page. It is sent as text: it sees the page's globals and its own arguments, nothing around
   * it. Arguments and result are plain JSON. Rejects with what it threw.
   */
  evaluate<Args extends readonly unknown[], Result>(
    run: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>
  reload(): Promise<void>
  close(): Promise<void>
}

/** A call of `run` as an expression that any page can evaluate. */
export function expressionOf(run: (...args: never[]) => unknown, args: readonly unknown[]): string {
  // tsx names inner functions with a `__name` of its own, which the page does not have.
  return `((__name) => (${run.toString()})(...${JSON.stringify(args)}))((named) => named)`
}
