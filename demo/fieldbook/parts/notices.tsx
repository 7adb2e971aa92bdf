import { Button } from 'react-aria-components'
import { useApp, useCurrentUser, useLive } from '../app.js'
import { wordsOfStorage } from '../words/storage.js'
import { takeNewVersion, useNewVersion } from './new-version.js'
import { SignInAgain } from './sign-in-again.js'

/** The news of each screen: an ended session, trouble with the storage, a new version. */
export function Notices() {
  const { session } = useCurrentUser()
  return (
    <>
      <StorageNotice />
      {session.state === 'expired' && <SignInAgain />}
      <NewVersionNotice />
    </>
  )
}

function StorageNotice() {
  const state = useLive(useApp()?.storage$, 'ok')
  if (state === 'ok') return null
  const { title, text } = wordsOfStorage[state]
  return (
    <section className="notice" data-tone="refused" role="alert">
      <strong>{title}</strong>
      <p>{text}</p>
    </section>
  )
}

function NewVersionNotice() {
  const app = useApp()
  const isReady = useNewVersion()
  if (!isReady) return null
  return (
    <section className="notice" role="status">
      <strong>A new version is ready</strong>
      <p>
        Your changes are saved on this device and stay there, sent or not. Finish an open “Edit” in the inbox first.
      </p>
      <Button onPress={() => void takeNewVersion(app)}>Start the new version</Button>
    </section>
  )
}
