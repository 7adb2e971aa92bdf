import { useEffect, useRef } from 'react'
import { useCurrentUser } from '../app.js'
import { DrawerButton } from '../drawer/drawer-button.js'
import { Notices } from '../parts/notices.js'
import { Shell } from '../parts/shell.js'
import { useKeptFocus } from '../parts/use-kept-focus.js'
import { usePlace } from '../place.js'
import { ForgottenScreen } from './forgotten.js'
import { InboxScreen } from './inbox.js'
import { JobScreen } from './job.js'
import { JobsScreen } from './jobs.js'
import { ProfileScreen } from './profile.js'
import { RegisterScreen } from './register.js'
import { SignInScreen } from './sign-in.js'

/** The whole app: which screen is shown, by who is signed in and by the address. */
export function Fieldbook() {
  const { session } = useCurrentUser()
  const { screen, id } = usePlace()
  const place = `${screen}/${id}`
  useHeadingFocus(place, session.state === 'opening')
  useKeptFocus()

  if (session.state === 'opening') return <p className="opening">Opening …</p>
  if (session.state === 'signed-out')
    return (
      <main className="door">
        <DrawerButton />
        <Notices />
        {screen === 'register' ? <RegisterScreen /> : screen === 'forgotten' ? <ForgottenScreen /> : <SignInScreen />}
      </main>
    )
  return (
    <Shell screen={screen}>
      {screen === 'inbox' ? (
        <InboxScreen />
      ) : screen === 'profile' ? (
        <ProfileScreen />
      ) : id ? (
        <JobScreen key={id} id={id} />
      ) : (
        <JobsScreen />
      )}
    </Shell>
  )
}

/** A new screen is read from its heading on, unless something in it has the focus. */
function useHeadingFocus(place: string, isOpening: boolean): void {
  const last = useRef(place)
  useEffect(() => {
    const heading = document.querySelector('h1')
    document.title = heading ? `${heading.textContent} · Fieldbook` : 'Fieldbook'
    if (last.current === place || isOpening) return
    last.current = place
    if (!document.querySelector('main')?.contains(document.activeElement)) heading?.focus()
  }, [place, isOpening])
}
