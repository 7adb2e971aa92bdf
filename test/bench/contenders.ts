import type { Durability } from './page/contender.js'
import type { Row } from './rows.js'

/** The contenders, and the part of the work that each can do. */
export interface Contender {
  readonly name: string
  /** The file of `contenders/` or `peers/` that its page loads. */
  readonly script: string
  /** That of its edits. A full run asks the browser whether it is so. */
  readonly durability: Durability
  /** The checkout that the script is taken from; this one unless told otherwise. */
  readonly checkout?: string
  /** Has an own package, which the first run installs. */
  readonly isPeer: boolean
  /** Sends to any backend; true unless told otherwise. */
  readonly sends?: boolean
  /** In a quick run: not at all, or in these rows only. */
  readonly inQuick?: boolean | readonly string[]
  /** Gets the records from the backend first: for every row, or for those that send. */
  readonly loads?: 'always' | 'to send'
  /** Takes part in these rows only, or in all but those. */
  readonly rows?: readonly string[]
  readonly notRows?: readonly string[]
}

/** Whose each edit costs milliseconds would queue a hundred thousand for minutes. */
const notRows = ['reload-100000']
/** Compares nothing, so there is nothing to read first. */
const noReads = ['restored']
const ownRows = ['edit', 'burst-many', 'burst-one', 'awaited']

/**
 * Ours, and those that bound it: their figures are medians of as many repetitions as there can be. The hand-written ones count, except
 * where each edit has a transaction to itself, which takes as long as some peers do.
 */
export const isOurs = ({ isPeer, script }: Contender): boolean => !isPeer && script !== 'contenders/single'

/** Holdfast with the durability of another contender. There is none that keeps edits in memory only: the nearest stands in. */
export const holdfastAs = (durability: Durability): string =>
  durability === 'strict' ? 'holdfast' : 'holdfast relaxed'

/** Holdfast and what it is held against first. `A`: hand-written, one transaction an edit. `limit`: hand-written, grouped. */
export const CONTENDERS: readonly Contender[] = [
  {
    name: 'holdfast',
    script: 'contenders/holdfast',
    durability: 'strict',
    isPeer: false,
    loads: 'to send',
    inQuick: true,
  },
  {
    name: 'holdfast relaxed',
    script: 'contenders/holdfast',
    durability: 'relaxed',
    isPeer: false,
    loads: 'to send',
    notRows: noReads,
    inQuick: ['edit', 'reload-10000'],
  },
  {
    name: 'holdfast creating',
    script: 'contenders/creating',
    durability: 'strict',
    isPeer: false,
    rows: ['send-0'],
    inQuick: true,
  },
  { name: 'limit', script: 'contenders/limit', durability: 'strict', isPeer: false, notRows: noReads, inQuick: true },
  { name: 'limit relaxed', script: 'contenders/limit', durability: 'relaxed', isPeer: false, rows: ownRows },
  {
    name: 'A',
    script: 'contenders/single',
    durability: 'strict',
    isPeer: false,
    notRows: noReads,
    inQuick: ['edit', 'awaited', 'reload-10000', 'refused'],
  },
  { name: 'A relaxed', script: 'contenders/single', durability: 'relaxed', isPeer: false, rows: ownRows },
  // None of the peers asks for a durability, and Chromium relaxes what asks for none: the drivers of Dexie, TanStack, RxDB (on Dexie), PouchDB,
  // Legend-State and localForage (under redux-offline) were read for it.
  {
    name: 'Dexie',
    script: 'peers/dexie',
    durability: 'relaxed',
    isPeer: true,
    notRows: noReads,
    inQuick: ['edit', 'reload-10000'],
  },
  {
    name: 'TanStack',
    script: 'peers/tanstack',
    durability: 'relaxed',
    isPeer: true,
    notRows: [...notRows, ...noReads],
  },
  {
    name: 'RxDB',
    script: 'peers/rxdb',
    durability: 'relaxed',
    isPeer: true,
    loads: 'always',
    notRows: [...notRows, ...noReads],
  },
  { name: 'PouchDB', script: 'peers/pouchdb', durability: 'relaxed', isPeer: true, sends: false, notRows },
  {
    name: 'Legend-State',
    script: 'peers/legend',
    durability: 'relaxed',
    isPeer: true,
    notRows: [...notRows, ...noReads],
  },
  {
    name: 'redux-offline',
    script: 'peers/redux-offline',
    durability: 'relaxed',
    isPeer: true,
    notRows: [...notRows, ...noReads],
  },
]

/** The rows of lists: Holdfast, and bare IndexedDB. */
export const LIST_CONTENDERS: readonly Contender[] = [
  { name: 'list', script: 'contenders/list', durability: 'strict', isPeer: false, rows: [] },
  { name: 'getAll', script: 'contenders/get-all', durability: 'strict', isPeer: false, rows: [] },
]

/** The names of a run beside an older state. */
export const BESIDE = ['now', 'before', 'before again']

/**
 * Holdfast now, and an older state of it twice: how far its two figures lie apart is what the machine makes of the same code. `script`: of
 * `contenders/`.
 */
export const beside = (checkout: string, script: 'holdfast' | 'list'): readonly Contender[] =>
  BESIDE.map((name, index) => ({
    name,
    script: `${index ? 'before' : 'contenders'}/${script}`,
    ...(index && { checkout }),
    durability: 'strict',
    isPeer: false,
    loads: 'to send',
    inQuick: true,
  }))

export function takesPart(
  { name, rows: only, notRows, sends = true, inQuick }: Contender,
  row: Row,
  quick: boolean,
): boolean {
  if (row.contenders) return row.contenders.includes(name)
  if (quick && Array.isArray(inQuick) && !inQuick.includes(row.name)) return false
  return (!only || only.includes(row.name)) && !notRows?.includes(row.name) && (!row.sends || sends)
}
