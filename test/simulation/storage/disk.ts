// Where the databases of a simulated device lie, who uses them, and what goes wrong there.
import type { Dice } from '../dice.js'
import type { Context, EventLoop } from '../event-loop.js'
import type { Connection } from './connection.js'
import { nothing, type Version } from './rows.js'
import type { Transaction } from './transaction.js'

export type Engine = 'chromium' | 'firefox' | 'webkit'

/** The moments at which a kill is tried: each one of a scenario once. */
export type StoreEvent = 'request' | 'commit' | 'committed' | 'complete'

/** Whose event it is. */
export interface StoreWork {
  readonly context: Context
  readonly database: string
}

export interface DiskParts {
  loop: EventLoop
  dice: Dice
  engine: Engine
  /** The database whose loss is told. */
  lasting?: string
  /** Told before each; a kill in it means that the thing does not happen. */
  onStoreEvent?(event: StoreEvent, of: StoreWork): void
  /** Told after all was thrown away, or the one database that matters. */
  onWipe?(): void
}

/** A database on the disk. */
export interface StoredDatabase {
  readonly name: string
  /** As transactions see it. */
  current: Version
  /** As it is after a power cut: without what was committed with relaxed durability since. */
  durable: Version
  readonly connections: Set<Connection>
  /** Unfinished, in the order of their creation. */
  readonly transactions: Transaction[]
  /** Opens and deletions wait for each other. */
  readonly opening: Turn[]
}

/** An open or a deletion. `look`: it waits for connections to close, and looks again. */
export interface Turn {
  readonly context: Context
  begin(): void
  look?(): void
}

/** Bytes that Chromium's log takes before it begins a new file, and a torn end is left behind with the old one. */
const logBytes = 4_000_000

export class Disk {
  readonly loop: EventLoop
  readonly dice: Dice
  readonly engine: Engine
  readonly onStoreEvent: (event: StoreEvent, of: StoreWork) => void
  readonly #onWipe: () => void
  readonly #lasting: string | undefined
  readonly databases = new Map<string, StoredDatabase>()
  /** Next commit fails for want of room while this says so. */
  full = false
  /** `open()` does not answer while this says so. */
  deaf = false
  /** Documents whose storage process died: nothing opens there any more but in a fresh frame. */
  readonly lost = new WeakSet<object>()
  #torn: 'no' | 'torn' | 'armed' = 'no'
  #sinceArmedBytes = 0
  #openedSinceStart = false

  constructor({ loop, dice, engine, lasting, onStoreEvent, onWipe }: DiskParts) {
    this.loop = loop
    this.dice = dice
    this.engine = engine
    this.onStoreEvent = onStoreEvent ?? (() => {})
    this.#onWipe = onWipe ?? (() => {})
    this.#lasting = lasting
  }

  database(name: string): StoredDatabase {
    let found = this.databases.get(name)
    if (!found) {
      found = { name, current: nothing, durable: nothing, connections: new Set(), transactions: [], opening: [] }
      this.databases.set(name, found)
    }
    return found
  }

  /** How long the storage process takes for something small. */
  latencyMs(): number {
    return this.dice.number() * 0.6
  }

  /** To be called at the first open after a start of the browser: the moment at which Chromium reads its log. */
  opened(): { dataLoss: boolean } {
    if (this.#openedSinceStart) return { dataLoss: false }
    this.#openedSinceStart = true
    if (this.#torn === 'torn') {
      // The torn end is written on: unless the log is rotated, the next start cannot read it.
      this.#torn = 'armed'
      this.#sinceArmedBytes = 0
    } else if (this.#torn === 'armed') {
      this.#torn = 'no'
      if (this.#sinceArmedBytes < logBytes) {
        for (const database of this.databases.values()) database.current = database.durable = nothing
        this.#onWipe()
        return { dataLoss: true }
      }
    }
    return { dataLoss: false }
  }

  /** A database is gone, with nobody left who has it open. */
  remove(stored: StoredDatabase): void {
    stored.current = stored.durable = nothing
    if (stored.name === this.#lasting) this.#onWipe()
  }

  /** The browser takes a database away under its users, as when it needs room or a person clears the data of the site. */
  evict(name: string): void {
    const stored = this.database(name)
    for (const transaction of Array.from(stored.transactions))
      transaction.lose(false, new DOMException('The database was evicted', 'UnknownError'))
    for (const connection of Array.from(stored.connections)) connection.taken()
    this.remove(stored)
  }

  wrote(bytes: number): void {
    this.#sinceArmedBytes += bytes
  }

  /** One tab ends: what it has not handed over for committing is gone. */
  killTab(context: Context): void {
    for (const { transactions, connections, opening } of this.databases.values()) {
      for (const transaction of Array.from(transactions))
        if (transaction.context === context && transaction.state === 'open') transaction.die()
      for (const connection of Array.from(connections)) if (connection.context === context) connection.gone()
      const first = opening[0]
      const others = opening.filter((turn) => turn.context !== context)
      opening.splice(0, opening.length, ...others)
      if (others[0] && others[0] !== first) others[0].begin()
    }
  }

  /** The whole browser ends: a commit under way is kept or lost as the dice say. `power`: relaxed commits are lost too. */
  kill({ power = false, tear = false }: { power?: boolean; tear?: boolean } = {}): void {
    for (const database of this.databases.values()) {
      for (const transaction of Array.from(database.transactions)) transaction.die(this.dice.chance(0.5))
      for (const connection of Array.from(database.connections)) connection.gone()
      database.opening.length = 0
      if (power) database.current = database.durable
    }
    if (tear && this.engine === 'chromium') this.#torn = 'torn'
    this.#openedSinceStart = false
  }

  /** The browser is started again after all its tabs were closed. */
  restart(): void {
    this.#openedSinceStart = false
  }

  /** WebKit's storage process is killed: each document loses its connection for good, and a commit may be on disk or not. */
  loseConnections(): void {
    for (const database of this.databases.values()) {
      for (const transaction of Array.from(database.transactions)) {
        transaction.lose(
          this.dice.chance(0.5),
          new DOMException('Connection to Indexed Database server lost', 'UnknownError'),
        )
      }
      for (const connection of Array.from(database.connections)) {
        this.lost.add(connection.scope)
        connection.taken()
      }
    }
  }
}
