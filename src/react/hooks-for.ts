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

/** The hooks of `holdfast/react`, typed by `A`, the type of the app. */
export interface HooksFor<A extends AnyApp> {
  HoldfastProvider(props: ProviderProps<A>): ReactElement
  useApp(): A
  useRecord<N extends keyof CollectionsOf<A> & string>(
    collection: N,
    id: string | number,
  ): UsedRecord<CollectionsOf<A>[N]>
  useCollection<N extends keyof CollectionsOf<A> & string>(
    collection: N,
    options?: Omit<QueryOptions<CollectionsOf<A>[N]>, 'deps'>,
    deps?: readonly Json[],
  ): UsedCollection<CollectionsOf<A>[N]>
  useCurrentUser(): UsedUser<UserOf<A>>
  useFaults(): UsedFaults<A['faults']>
  useField: typeof useField
  useLive: typeof useLive
  useSyncStatus: typeof useSyncStatus
}

/** The same hooks, so that collections, properties and users have the app's types. */
export function hooksFor<A extends AnyApp>(): HooksFor<A> {
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
  return hooks as unknown as HooksFor<A>
}
