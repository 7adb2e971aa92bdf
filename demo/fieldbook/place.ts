/* Which screen is shown: the fragment of the address, so that any server of files can serve the app. */
import { useSyncExternalStore } from 'react'

export interface Place {
  screen: string
  id: string
}

/** The place of now. */
export function usePlace(): Place {
  return placeOf(useSyncExternalStore(onChange, () => location.hash))
}

/** Of `#/jobs/7`, the screen `jobs` and the id `7`. */
export function placeOf(hash: string): Place {
  const [, screen = '', id = ''] = hash.split('/')
  return { screen: decoded(screen), id: decoded(id) }
}

/** A person can type any address: text that is not encoded well stays as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
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
