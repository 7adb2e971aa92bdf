// Floor 7: Holdfast in React. Every hook has a value for a server, and none touches a browser before the app is used.
export { type AnyApp, type AnyUsers, HoldfastProvider, type ProviderProps, useApp } from './app.js'
export { hooksFor, type HooksFor } from './hooks-for.js'
export { useCollection, type UsedCollection } from './use-collection.js'
export { type UsedFaults, useFaults } from './use-faults.js'
export { type Field, type FieldSource, useField } from './use-field.js'
export { type Stream, useLive } from './use-live.js'
export { type UsedRecord, type UsedUser, useCurrentUser, useRecord } from './use-record.js'
export { statusWords, type SyncStatus, useSyncStatus } from './use-sync-status.js'
