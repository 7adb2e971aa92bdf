/** What takes part, and how much of the work it can do. */
export interface Contender {
  readonly name: string
  /** The file of `contenders/` or `peers/` that its page loads. */
  readonly script: string
  readonly durability: 'strict' | 'relaxed'
  /** Has an own package, which the first run installs. */
  readonly isPeer: boolean
  /** Sends to any backend; true unless told otherwise. */
  readonly sends?: boolean
  /** Also in a quick run. */
  readonly inQuick?: boolean
  /** Takes part in these rows only. */
  readonly rows?: readonly string[]
}

const ownRows = ['edit', 'burst-many', 'burst-one', 'awaited']

/** Holdfast and what it is held against first. `A`: hand-written, one transaction an edit. `limit`: hand-written, grouped. */
export const CONTENDERS: readonly Contender[] = [
  { name: 'holdfast', script: 'contenders/holdfast', durability: 'strict', isPeer: false, inQuick: true },
  { name: 'holdfast relaxed', script: 'contenders/holdfast', durability: 'relaxed', isPeer: false, rows: ownRows },
  { name: 'limit', script: 'contenders/limit', durability: 'strict', isPeer: false, inQuick: true },
  { name: 'limit relaxed', script: 'contenders/limit', durability: 'relaxed', isPeer: false, rows: ownRows },
  { name: 'A', script: 'contenders/single', durability: 'strict', isPeer: false, inQuick: true },
  { name: 'A relaxed', script: 'contenders/single', durability: 'relaxed', isPeer: false, rows: ownRows },
  { name: 'Dexie', script: 'peers/dexie', durability: 'relaxed', isPeer: true, inQuick: true },
  { name: 'TanStack', script: 'peers/tanstack', durability: 'relaxed', isPeer: true },
  { name: 'RxDB', script: 'peers/rxdb', durability: 'relaxed', isPeer: true },
  { name: 'PouchDB', script: 'peers/pouchdb', durability: 'relaxed', isPeer: true, sends: false },
  { name: 'Legend-State', script: 'peers/legend', durability: 'relaxed', isPeer: true },
  { name: 'redux-offline', script: 'peers/redux-offline', durability: 'relaxed', isPeer: true },
]
