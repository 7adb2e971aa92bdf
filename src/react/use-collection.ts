// Floor 7: the records of a collection as a list.
import { useMemo } from 'react'
import type { Collection } from '../client/collection.js'
import type { Query, QueryOptions } from '../live/query.js'
import type { Row } from '../live/rows.js'
import type { Json } from '../model/record.js'
import { collectionOf, useApp } from './app.js'
import { useLive } from './use-live.js'

/** The rows of a query. The functions are there in a browser only. */
export interface UsedCollection<T> extends Pick<Collection<T>, 'newId' | 'create' | 'update' | 'delete'> {
  /** `undefined`: not read from this device yet. A row is the same object as long as nothing of it changes. */
  readonly rows: readonly Row<T>[] | undefined
}

const noDeps: readonly Json[] = []

/**
 * The records of a collection that `where` lets through, by `orderBy`, at most `limit`. `deps`: the values that `where` and `orderBy`
 * use beside their arguments. Throws a `TypeError` for an app without collections, and for options that do not exist.
 */
export function useCollection<T = any>(
  collection: string,
  options: Omit<QueryOptions<T>, 'deps'> = {},
  deps: readonly Json[] = noDeps,
): UsedCollection<T> {
  const app = useApp()
  const { orderBy, limit, offset } = options
  const named = typeof orderBy === 'string' ? orderBy : undefined
  const records = app && collectionOf(app, collection)
  const query$ = useMemo(
    (): Query<T> | undefined => records?.query$({ ...options, deps }),
    // A function is the same one while `deps` are.
    [records, named, limit, offset, ...deps],
  )
  const rows = useLive(query$)
  return useMemo(() => {
    const { newId, create, update, delete: remove } = (records ?? {}) as Collection<T>
    return { rows, newId, create, update, delete: remove }
  }, [records, rows])
}
