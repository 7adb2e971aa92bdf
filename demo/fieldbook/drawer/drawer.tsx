import { useEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { useApp, useSyncStatus } from '../app.js'
import { isLocal } from '../backend.js'
import { CloseIcon } from './close-icon.js'
import { Inspector } from './inspector.js'
import { closeDrawer, drawerId } from './open.js'
import { watchSteps } from './done.js'
import { Steps } from './steps.js'
import { TimelineList } from './timeline-list.js'
import { useServer } from './use-server.js'
import './drawer.css'

/** The developer's drawer: six failures to try, and each edit as it goes through them. */
export default function Drawer() {
  const app = useApp()
  const heading = useRef<HTMLHeadingElement>(null)
  const server = useServer()
  const { pending, faults } = useSyncStatus()
  // Stuck changes are the first thing to look at. Nothing moves while the drawer is open.
  const [isStuck] = useState(pending > 0 || faults > 0)
  useEffect(() => heading.current?.focus(), [])
  useEffect(() => watchSteps(app), [app])
  useEffect(() => {
    const onKey = ({ key, target, defaultPrevented }: KeyboardEvent): void => {
      const isHere = target instanceof Node && document.getElementById(drawerId)?.contains(target)
      if (key === 'Escape' && isHere && !defaultPrevented) closeDrawer()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])

  return (
    <aside id={drawerId} className="drawer" aria-labelledby="drawer-heading">
      <header className="drawer-top">
        <h2 id="drawer-heading" ref={heading} tabIndex={-1}>
          Try what can go wrong
        </h2>
        <Button className="icon-button" aria-label="Close the drawer" onPress={closeDrawer}>
          <CloseIcon />
        </Button>
      </header>
      <div className="drawer-body">
        {isStuck && <Inspector />}
        {server.state === 'none' && (
          <p className="hint">
            {isLocal
              ? 'Only a page on the machine of the local server may command it: steps 1 to 4 are left out here.'
              : 'This page talks to a real application: nothing here commands its server, and steps 1 to 4 are left out.'}{' '}
            The other two, and the timeline, work as they are. The network can be broken by the browser’s developer
            tools.
          </p>
        )}
        <Steps server={server} />
        <TimelineList />
        {!isStuck && <Inspector />}
      </div>
    </aside>
  )
}
