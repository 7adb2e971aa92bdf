import { Button } from 'react-aria-components'
import { drawerButtonId, drawerId, setDrawerOpen, useDrawerOpen } from './open.js'

/** Opens and closes the drawer. Each screen has it. */
export function DrawerButton() {
  const isOpen = useDrawerOpen()
  return (
    <Button
      id={drawerButtonId}
      className="drawer-button"
      aria-expanded={isOpen}
      {...(isOpen && { 'aria-controls': drawerId })}
      onPress={() => setDrawerOpen(!isOpen)}
    >
      Try failures
    </Button>
  )
}
