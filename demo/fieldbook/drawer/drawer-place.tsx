import { lazy, Suspense } from 'react'
import { useDrawerOpen } from './open.js'

// Nothing of the drawer is loaded before somebody opens it.
const Drawer = lazy(() => import('./drawer.js'))

/** The place of the drawer, beside all screens: it stays as it is while they change. */
export function DrawerPlace() {
  return useDrawerOpen() ? (
    <Suspense>
      <Drawer />
    </Suspense>
  ) : null
}
