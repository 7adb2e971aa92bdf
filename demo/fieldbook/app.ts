/* The app: what it keeps, and the hooks that know it. */
import { openBackendless, type BackendlessApp } from 'holdfast/backendless'
import { hooksFor } from 'holdfast/react'
import { backend, tables } from './backend.js'

export interface Profile {
  objectId: string
  email: string
  name: string | null
  nickname: string
  phone: string | null
}

export type JobStatus = 'planned' | 'started' | 'done'

export interface Job {
  title: string
  /** The number of the order: no two jobs have the same. */
  number: string | null
  customer: string | null
  place: string | null
  /** A day, as `2026-12-01`. */
  due: string | null
  status: JobStatus
}

export interface Note {
  jobId: string
  text: string | null
}

export type App = BackendlessApp<Profile>

/** `freshForMs: 0`: an engineer shares jobs with the office, so the app looks for its changes before each write. */
export const openApp = (): App => openBackendless<Profile>({ ...backend, tables, backgroundSync: true, freshForMs: 0 })

export const {
  HoldfastProvider,
  useApp,
  useCollection,
  useCurrentUser,
  useFaults,
  useField,
  useLive,
  useRecord,
  useSyncStatus,
} = hooksFor<App, { Job: Job; Note: Note }>()
