// Floor 5: the records of one collection, as an app makes, changes and deletes them.
import type { Live } from '../live/live-value.js'
import type { LiveViews } from '../live/live.js'
import { createList, type List, type Query, type QueryOptions } from '../live/query.js'
import type { FieldStates, RowState } from '../live/record.js'
import type { Row } from '../live/rows.js'
import { recordName } from '../live/snapshot.js'
import type { Operation, Properties, RecordKey } from '../model/record.js'
import type { Change, CreateOptions, Edit, EditOptions, PatchOf, SeparateOptions, UpdateOptions } from './edit.js'
import type { OnlineCalls } from './online-calls.js'
import type { RecordIds } from './new-ids.js'
import type { Pulls, PullState } from './pulls.js'
import { recordId } from './record-id.js'
import type { SaveRequest } from './save-request.js'

/** One record of the account that is logged in. `T`: its type. */
export interface RecordHandle<T = Properties> {
  /** The record's id on this device: it stays when the backend names the record. */
  readonly id: string
  /** The optimistic view; undefined until the record has a base or a pending edit; `null`: there is no such record. */
  readonly value$: Live<T | null | undefined>
  /** How the record stands; undefined where there is no value. */
  readonly state$: Live<RowState<T> | undefined>
  /** The properties that are not confirmed. */
  readonly fields$: Live<FieldStates<T>>
  /** The backend's id of the record; undefined while it has none. */
  readonly remoteId$: Live<string | number | undefined>
  /** As `Collection.update`. */
  update(change: Change<T>, options: SeparateOptions): Promise<Edit<T>[]>
  /** As `Collection.update`. */
  update(change: Change<T>, options?: UpdateOptions): Promise<Edit<T>>
  /** As `Collection.delete`. */
  delete(options?: EditOptions): Promise<Edit<T>>
  /**
   * Reads the record from the backend; rejects with `FaultError` when that fails, with `NotLoggedInError` when the account that
   * was shown at the call is not logged in any more.
   */
  refresh(): Promise<T | null>
}

/**
 * The records of a collection. `T`: their type. Ids are those of this device: of a record made here the one that it got then,
 * of any other the backend's, as text.
 *
 * `create`, `update` and `delete` resolve when the edit is saved on this device; its `settled` resolves with the backend's
 * decision. They reject with `InvalidEditError`, `NotLoggedInError`, `StorageError` or, for options that do not exist,
 * `TypeError`; then nothing was saved. The `code` of an `InvalidEditError` says what stands against the edit: `exists` (a record
 * of this id), `deleted` (the record is deleted, or is being deleted), `refused` (its creation was, and the fault is open), `lost` (it
 * was made here, and its name went with the data of this device).
 */
export interface Collection<T = Properties> {
  /** As the option `collections`, `tables` or `endpoints` names it. */
  readonly name: string
  /** An id for a new record: a UUID, version 7. For records that name each other and are created by one `together`. */
  newId(): string
  /** Makes a record. `edit.recordId` is its id. */
  create(properties: PatchOf<T>, options?: CreateOptions): Promise<Edit<T>>
  /**
   * Changes a record: the changed properties only, or a function that changes a draft of its view. With `separately` it resolves
   * with an edit of each property, in the patch's order.
   */
  update(id: string | number, change: Change<T>, options: SeparateOptions): Promise<Edit<T>[]>
  /** Changes a record, as above, by one edit. */
  update(id: string | number, change: Change<T>, options?: UpdateOptions): Promise<Edit<T>>
  /** Deletes a record. A second deletion of it resolves with the first, while that is pending. */
  delete(id: string | number, options?: EditOptions): Promise<Edit<T>>
  /** One record, whether this device knows it or not. Nothing is read before somebody observes it. */
  record(id: string | number): RecordHandle<T>
  /** Every record, in the order in which this device came to know them; undefined until they are read from the device. */
  readonly all$: Live<readonly Row<T>[] | undefined>
  /** How many those are. */
  readonly count$: Live<number | undefined>
  /**
   * Those that `where` lets through, by `orderBy`, from `offset` on and at most `limit`. The same options give the same object while
   * somebody observes it. Throws a `TypeError` for options that do not exist.
   */
  query$(options?: QueryOptions<T>): Query<T>
  /** Where the pulls of the collection stand. It is pulled while somebody observes a list of it in a visible page. */
  readonly pull$: Live<PullState>
  /**
   * Pulls the collection now, or reads the records with these ids. Resolves when what came is on this device and shown; rejects with
   * `FaultError` when that fails, with `NotLoggedInError` when nobody is logged in.
   */
  refresh(ids?: readonly (string | number)[]): Promise<void>
  /**
   * The record's view, once, as it is on this device. `undefined`: not known here; `null`: there is no such record. Rejects with
   * `StorageError` when storage cannot be read, and with `ClosedError` when the client is closed.
   */
  get(id: string | number): Promise<T | null | undefined>
  /** The id on this device of the record that the backend names so. */
  idOf(remoteId: string | number): Promise<string>
}

export interface CollectionParts {
  live: LiveViews
  calls: Pick<OnlineCalls, 'refresh' | 'called'>
  pulls: Pick<Pulls, 'state$' | 'refresh'>
  save(request: SaveRequest): Promise<Edit | Edit[]>
  ids: RecordIds
}

export function createCollection(name: string, { live, calls, pulls, save, ids }: CollectionParts): Collection {
  const keyOf = (id: unknown): RecordKey => ({ collection: name, id: recordId(id) })
  // None of the calls throws, and none waits before the edit is shown (G2).
  const write = (op: Operation, id: unknown, change: unknown, options: object | undefined): Promise<Edit | Edit[]> => {
    try {
      const key = keyOf(id)
      const hasOwnId = op === 'create' && !ids.take(key.id)
      return save({ op, key, name: recordName(key), change, options, hasOwnId })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  let made: List | undefined
  const list = (): List => (made ??= createList(name, live.lists))

  function update(id: string | number, change: Change, options: SeparateOptions): Promise<Edit[]>
  function update(id: string | number, change: Change, options?: UpdateOptions): Promise<Edit>
  function update(id: string | number, change: Change, options?: object): Promise<Edit | Edit[]> {
    return write('update', id, change, options)
  }

  return {
    name,
    newId: ids.next,
    update,
    record(given) {
      const key = keyOf(given)
      const named = recordName(key)
      function updateThis(change: Change, options: SeparateOptions): Promise<Edit[]>
      function updateThis(change: Change, options?: UpdateOptions): Promise<Edit>
      function updateThis(change: Change, options?: object): Promise<Edit | Edit[]> {
        return save({ key, name: named, change, options })
      }
      return {
        id: key.id,
        ...live.record(() => key),
        update: updateThis,
        delete: (options) => write('delete', key.id, undefined, options) as Promise<Edit>,
        refresh: async () => (await calls.refresh(key)) ?? null,
      }
    },
    create(properties, options) {
      const { id = ids.next(), ...others } = options ?? {}
      return write('create', id, properties, others) as Promise<Edit>
    },
    delete: (id, options) => write('delete', id, undefined, options) as Promise<Edit>,
    get all$() {
      return list().all$
    },
    get count$() {
      return list().count$
    },
    query$: (options) => list().query(options),
    pull$: pulls.state$(name),
    async refresh(given) {
      if (!given) return pulls.refresh(name)
      const keys = given.map(keyOf)
      await Promise.all(keys.map((key) => calls.refresh(key)))
    },
    async get(id) {
      const key = keyOf(id)
      await calls.called()
      // Nobody may observe it.
      const release = live.feed.observe(() => key)
      try {
        await live.feed.refresh()
        return live.state(recordName(key)).view
      } finally {
        release()
      }
    },
    async idOf(remoteId) {
      const id = recordId(remoteId)
      const { db, account } = await calls.called()
      return (account === undefined ? undefined : db.memory.names.idOf({ account, collection: name, id })) ?? id
    },
  }
}
