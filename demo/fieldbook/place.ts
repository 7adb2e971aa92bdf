/* Which screen is shown: the fragment of the address, so that any server of files can serve the app. */
import { useSyncExternalStore } from 'react'

export interface Place {
  screen: string
  id: string
}

/** The place of now: of `#/jobs/7`, the screen `jobs` and the id `7`. */
export function usePlace(): Place {
  const hash = useSyncExternalStore(onChange, () => location.hash)
  const [, screen = '', id = ''] = hash.split('/')
  return { screen: decodeURIComponent(screen), id: decodeURIComponent(id) }
}

export const jobsPlace = '#/jobs'
export const placeOfJob = (id: string): string => `#/jobs/${encodeURIComponent(id)}`

export function goTo(place: string): void {
  location.hash = place
}

function onChange(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}
