import { HoldfastProvider } from 'holdfast/react'
import { openRest } from 'holdfast/rest'

const app = openRest({
  url: new URLSearchParams(location.search).get('api')!,
  account: 'ann',
  collections: { notes: { ids: 'device', create: 'PUT' } },
})
import.meta.hot?.dispose(() => app.close())

// For the test, which asks each app that was opened whether it is closed.
;(window as any).opened = [...((window as any).opened ?? []), app]

export function Notebook() {
  return (
    <HoldfastProvider app={app}>
      <h1>Notes</h1>
    </HoldfastProvider>
  )
}
