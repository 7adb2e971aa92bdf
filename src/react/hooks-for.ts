// Floor 7: the hooks with the types of one app.
import type { ReactElement } from 'react'
import type { Users } from '../backendless/index.js'
import type { Client } from '../client/client.js'
import type { QueryOptions } from '../live/query.js'
import type { Json } from '../model/record.js'
import { type AnyApp, HoldfastProvider, type ProviderProps, useApp } from './app.js'
import { useCollection, type UsedCollection } from './use-collection.js'
import { useFaults, type UsedFaults } from './use-faults.js'
import { useField } from './use-field.js'
import { useLive } from './use-live.js'
import { useCurrentUser, type UsedRecord, type UsedUser, useRecord } from './use-record.js'
import { useSyncStatus } from './use-sync-status.js'

/** The types of the app's records, by collection. */
type CollectionsOf<A> = A extends Client<infer C> ? C : { [collection: string]: any }
type UserOf<A> = A extends { users: Users<infer U> } ? U : any

/** The hooks of `holdfast/react`, typed by `A`, the type of the app, and `C`, those of its records by collection. */
export interface HooksFor<A extends AnyApp, C extends object = CollectionsOf<A>> {
  /** Gives the app to the components below. */
  HoldfastProvider(props: ProviderProps<A>): ReactElement
  /** The app; undefined on a server and while React hydrates. */
  useApp(): A
  /** A record and its members. */
  useRecord<N extends keyof C & string>(collection: N, id: string | number): UsedRecord<C[N]>
  /** The rows of a collection that `options` ask for; `deps`: the values that `where` and `orderBy` use. */
  useCollection<N extends keyof C & string>(
    collection: N,
    options?: Omit<QueryOptions<C[N]>, 'deps'>,
    deps?: readonly Json[],
  ): UsedCollection<C[N]>
  /** The user who is logged in. */
  useCurrentUser(): UsedUser<UserOf<A>>
  /** The open faults, oldest first, and the calls that end them. */
  useFaults(): UsedFaults<A['faults']>
  /** One property of a record, for an input. */
  useField: typeof useField
  /** The newest value of a stream of the app. */
  useLive: typeof useLive
  /** The state of the queue, for a person. */
  useSyncStatus: typeof useSyncStatus
}

/** The same hooks, so that collections, properties and users have the app's types. */
export function hooksFor<A extends AnyApp, C extends object = CollectionsOf<A>>(): HooksFor<A, C> {
  const hooks = {
    HoldfastProvider,
    useApp,
    useRecord,
    useCollection,
    useCurrentUser,
    useFaults,
    useField,
    useLive,
    useSyncStatus,
  }
  return hooks as unknown as HooksFor<A, C>
}
