// The edits that the people of a world make, with the app and the server that they make them on.
import type { Live, Status } from '../../src/index.js'
import type { StorageState } from '../../src/live/live.js'
import type { TabPlatform } from './device.js'
import type { Dice } from './dice.js'
import type { Judge, Made } from './judge.js'
import type { WireServer } from './network.js'

export interface SavedEdit {
  readonly id: string
  readonly settled: Promise<{ readonly outcome: string }>
}

/** An app in a tab, as far as every world deals with it. */
export interface App {
  readonly status$: Live<Status>
  readonly storage$: Live<StorageState>
  readonly pending$: { subscribe(next: () => void): unknown }
  settlement(editId: string): SavedEdit['settled']
  flush(): Promise<unknown>
  close(): Promise<void>
}

export interface Session {
  readonly state: string
  readonly account?: string
}

export interface Tab<A extends App = App> {
  platform: TabPlatform
  app: A
  closing: boolean
  account: string | undefined
}

export interface Workload<A extends App = App> {
  readonly server: WireServer & { endSessions(account?: string): void }
  readonly judge: Judge
  /** Base of the server's addresses. */
  readonly root: string
  /** Said at the head of the trace. */
  readonly title: string
  /** Whether a request writes what a person has edited. */
  isWrite(method: string, path: string): boolean
  /** The world's dice are thrown for the last options of its apps. */
  drawOptions(): void
  open(platform: TabPlatform): A
  onSession(app: A, listener: (session: Session) => void): void
  session(app: A): Session
  /** Begins to look at what a tab shows. */
  watch(tab: Tab<A>): void
  login(app: A, account: string, stayLoggedIn: boolean): Promise<unknown>
  logout(app: A, pending: 'keep' | 'send' | 'discard' | undefined): Promise<unknown>
  refresh(tab: Tab<A>): Promise<unknown>
  /** How often, and after which pause, all is refreshed before it is compared. Default: once, after a second. */
  readonly looks?: { times: number; pauseMs: number }
  /** One edit of a person. */
  edit(tab: Tab<A>): void
  /** Another client, none of ours, writes. */
  writeElsewhere(): void
  answerFault(tab: Tab<A>): void
  /** A person answers the faults whose edits stay pending until then, once the trouble is over. */
  answerWaiting?(tab: Tab<A>): void
  /** All that the tab shows, as text. */
  shows(tab: Tab<A>): string
  /** All is drained: the tab has to show what the server has. */
  compare(tab: Tab<A>): void
}

/** The parts of a world that its workload uses. */
export interface Surroundings {
  readonly seed: number
  readonly dice: Dice
  nowMs(): number
  note(line: string): void
  /** Whether the trouble is over, and nobody edits any more. */
  isQuiet(): boolean
  /** Notes whether an edit is saved, and has the judge hear what is told of it. */
  follow(tab: Tab, made: Made, saving: Promise<SavedEdit>): void
  /** Notes how a call of an app ends; an error that no app may get is a violation. */
  attempt(tab: Tab, what: string, call: Promise<unknown>): void
}

export type CreateWorkload = (world: Surroundings) => Workload<any>
