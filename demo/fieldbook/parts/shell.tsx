import type { ReactNode } from 'react'
import { useFaults } from '../app.js'
import { DrawerButton } from '../drawer/drawer-button.js'
import { InboxIcon, JobsIcon, Mark, ProfileIcon } from './icons.js'
import { Notices } from './notices.js'
import { StatusLine } from './status-line.js'

/** The frame of each screen: the way to the others, the status of the changes, and the notices. */
export function Shell({ screen, children }: { screen: string; children: ReactNode }) {
  const { open } = useFaults()
  const current = screen === 'inbox' || screen === 'profile' ? screen : 'jobs'
  const pageIf = (name: string): 'page' | undefined => (name === current ? 'page' : undefined)
  return (
    <div className="shell">
      <header className="bar">
        <a className="brand" href="#/jobs">
          <Mark /> <span>Fieldbook</span>
        </a>
        <DrawerButton />
      </header>
      <nav aria-label="Screens">
        <a href="#/jobs" aria-current={pageIf('jobs')}>
          <JobsIcon /> Jobs
        </a>
        <a href="#/inbox" aria-current={pageIf('inbox')}>
          <InboxIcon /> Inbox
          {open.length > 0 && (
            <span className="badge">
              {open.length}
              <span className="unseen"> refused</span>
            </span>
          )}
        </a>
        <a href="#/profile" aria-current={pageIf('profile')}>
          <ProfileIcon /> Profile
        </a>
      </nav>
      <StatusLine />
      <main>
        <Notices />
        {children}
      </main>
    </div>
  )
}
