// Floor 3: the requests to one table within a transaction. They go to Dexie's core, which makes the browser's requests and is
// public for such uses: Dexie's own transactions and queries above it cost an edit more than its rows do.
import type { DBCoreMutateRequest, DBCoreTable, DBCoreTransaction } from 'dexie'
import type { KeyRange } from './key-range.js'

/** The rows, in the order of their keys: all by default. */
export interface Selection {
  range?: KeyRange
  /** The index of the range; absent: the primary key. */
  index?: string
  /** How many at most. */
  limit?: number
}

/** `DBCoreRangeType.Any`, which is no value at run time. */
const all: KeyRange = { type: 3, lower: undefined, upper: undefined }

type Change =
  | { type: 'add' | 'put'; values: readonly unknown[] }
  | { type: 'delete'; keys: readonly unknown[] }
  | { type: 'deleteRange'; range: KeyRange }

export class Table<Row, Key> {
  readonly #core: DBCoreTable
  readonly #trans: DBCoreTransaction

  constructor(core: DBCoreTable, trans: DBCoreTransaction) {
    this.#core = core
    this.#trans = trans
  }

  get(key: Key): Promise<Row | undefined> {
    return asked(this.#core.get({ trans: this.#trans, key }))
  }

  /** In the order of the keys given. */
  getMany(keys: readonly Key[]): Promise<(Row | undefined)[]> {
    return asked(this.#core.getMany({ trans: this.#trans, keys: keys as Key[] }))
  }

  getAll(selection?: Selection): Promise<Row[]> {
    return this.#query(selection, true)
  }

  /** Primary keys, also those found by an index. */
  getAllKeys(selection?: Selection): Promise<Key[]> {
    return this.#query(selection, false)
  }

  /** Rejects when a key is taken. */
  add(rows: readonly Row[]): Promise<void> {
    return this.#mutate({ type: 'add', values: rows })
  }

  put(rows: readonly Row[]): Promise<void> {
    return this.#mutate({ type: 'put', values: rows })
  }

  delete(keys: readonly Key[]): Promise<void> {
    return this.#mutate({ type: 'delete', keys })
  }

  deleteRange(range: KeyRange): Promise<void> {
    return this.#mutate({ type: 'deleteRange', range })
  }

  #query<Found>({ range = all, index, limit }: Selection = {}, values: boolean): Promise<Found[]> {
    const { primaryKey, indexes } = this.#core.schema
    const query = { index: index ? indexes.find(({ name }) => name === index)! : primaryKey, range }
    const asking = this.#core.query({ trans: this.#trans, values, query, ...(limit !== undefined && { limit }) })
    return asked(asking.then(({ result }) => result as Found[]))
  }

  #mutate(change: Change): Promise<void> {
    const request = { ...change, trans: this.#trans } as DBCoreMutateRequest
    return asked(
      this.#core.mutate(request).then(({ failures }) => {
        const [failure] = Object.values(failures)
        if (failure) throw failure
      }),
    )
  }
}

/**
 * A body waits for the answers of several requests in some order, and the first failure ends the body: nobody reads the other
 * answers then.
 */
function asked<T>(request: PromiseLike<T>): Promise<T> {
  const promise = Promise.resolve(request)
  promise.catch(() => {})
  return promise
}
