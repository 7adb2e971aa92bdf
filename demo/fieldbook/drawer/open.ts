/* Whether the drawer is open: for its button on each screen, and for the panel beside them. */
import { useSyncExternalStore } from 'react'

let isOpen = false
const listeners = new Set<() => void>()

export function useDrawerOpen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => isOpen,
  )
}

export function setDrawerOpen(next: boolean): void {
  isOpen = next
  for (const listener of listeners) listener()
}

export const drawerId = 'drawer'
export const drawerButtonId = 'drawer-button'

/** Closes it; the focus goes back to the button that opens it. */
export function closeDrawer(): void {
  setDrawerOpen(false)
  document.getElementById(drawerButtonId)?.focus()
}
