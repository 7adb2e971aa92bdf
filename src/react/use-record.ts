// Floor 7: one record, and the logged-in user.
import { useMemo } from 'react'
import type { RecordHandle } from '../client/collection.js'
import type { SessionState, Users } from '../backendless/index.js'
import type { RowState } from '../live/record.js'
import { collectionOf, useApp } from './app.js'
import { useLive } from './use-live.js'

/** A record with its newest values. Its functions are there in a browser only. */
export interface UsedRecord<T> extends RecordHandle<T> {
  /** The optimistic view; `undefined`: not known, or not read yet; `null`: there is no such record. */
  readonly value: T | null | undefined
  /** How it stands; undefined where there is no value. */
  readonly state: RowState<T> | undefined
}

/** A record of a collection, as long as the component is mounted. Throws a `TypeError` for an app without collections. */
export function useRecord<T = any>(collection: string, id: string | number): UsedRecord<T> {
  const app = useApp()
  const handle = useMemo(() => app && collectionOf(app, collection).record(id), [app, collection, id])
  const value = useLive(handle?.value$)
  const state = useLive(handle?.state$)
  return useMemo((): UsedRecord<any> => ({ ...handle!, id: String(id), value, state }), [handle, id, value, state])
}

/** `app.users` with its newest values. Its functions are there in a browser only. */
export interface UsedUser<U> extends Users<U> {
  /** The logged-in user as shown; `undefined`: nobody is logged in, or the user is not read yet. */
  readonly value: U | undefined
  /** Who is logged in; `opening` on a server and until this device has been read. */
  readonly session: SessionState
}

const opening: SessionState = { state: 'opening' }

/** The logged-in user. Throws a `TypeError` for an app without users. */
export function useCurrentUser<U = any>(): UsedUser<U> {
  const app = useApp()
  if (app && !app.users) throw new TypeError('useCurrentUser(): the backend of this app has no users')
  const users = app?.users as Users<U> | undefined
  const value = useLive(users?.current$)
  const session = useLive(users?.session$, opening)
  return useMemo(() => ({ ...users!, value, session }), [users, value, session])
}
