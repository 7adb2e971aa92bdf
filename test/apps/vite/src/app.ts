import { hooksFor } from 'holdfast/react'
import { openRest } from 'holdfast/rest'

interface Note {
  id: string
  title: string
}

// A module that is replaced leaves its app open: the new one closes it.
import.meta.hot?.data.app?.close()

export const app = openRest<{ notes: Note }>({
  url: new URLSearchParams(location.search).get('api')!,
  account: 'ann',
  collections: { notes: { ids: 'device', create: 'PUT' } },
})

if (import.meta.hot) import.meta.hot.data.app = app

export const heading = 'Notes'

export const { HoldfastProvider, useCollection, useSyncStatus } = hooksFor<typeof app>()

// For the test, which asks each app that was opened whether it is closed.
;(window as any).opened = [...((window as any).opened ?? []), app]
