import { type ComponentType, useEffect, useState } from 'react'
import { useDrawerOpen } from './open.js'

/** The place of the drawer, beside all screens: it stays as it is while they change. */
export function DrawerPlace() {
  const isOpen = useDrawerOpen()
  const [Drawer, setDrawer] = useState<ComponentType>()
  const [isMissing, setMissing] = useState(false)

  // Nothing of the drawer is loaded before somebody opens it.
  useEffect(() => {
    if (!isOpen || Drawer) return
    setMissing(false)
    import('./drawer.js').then(
      (loaded) => setDrawer(() => loaded.default),
      // Another tab may have taken a new version, and the files of this one are gone.
      () => setMissing(true),
    )
  }, [isOpen, Drawer])

  if (!isOpen) return null
  if (Drawer) return <Drawer />
  return isMissing ? (
    <p className="problem" role="alert">
      This page could not load the drawer. Reload the page, and open it again.
    </p>
  ) : null
}
