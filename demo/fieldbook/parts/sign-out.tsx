import { Button, Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useApp, useSyncStatus } from '../app.js'
import { count } from '../words/status.js'
import { Problem } from './problem.js'
import { useAction } from './use-action.js'

/** Signs out; asks what becomes of changes that wait. */
export function SignOut() {
  const { users } = useApp()
  const { pending, phase } = useSyncStatus()
  const signOut = useAction((waiting?: 'send' | 'keep' | 'discard') =>
    users.logout(waiting === undefined ? {} : { pending: waiting }),
  )
  if (pending === 0)
    return (
      <p className="actions">
        <Button onPress={() => void signOut.run()}>Sign out</Button>
        <Problem error={signOut.error} />
      </p>
    )

  const them = pending === 1 ? 'it' : 'them'
  const cannotSend =
    phase === 'offline'
      ? 'There is no network.'
      : phase === 'needs-login'
        ? 'Your session has ended: sign in again to send.'
        : ''
  return (
    <DialogTrigger>
      <p className="actions">
        <Button>Sign out …</Button>
      </p>
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="modal">
          <Dialog role="alertdialog">
            <Heading slot="title">{count(pending, 'change')} not sent yet</Heading>
            <p>
              Send {them} first, keep {them} here for your next sign-in, or give {them} up.
            </p>
            {cannotSend && <p className="hint">Sending is not possible now. {cannotSend}</p>}
            <Problem error={signOut.error} />
            <div className="choices">
              <Button className="primary" isDisabled={cannotSend !== ''} onPress={() => void signOut.run('send')}>
                Send first, then sign out
              </Button>
              <Button onPress={() => void signOut.run('keep')}>Keep on this device for my next sign-in</Button>
              <Button className="danger" onPress={() => void signOut.run('discard')}>
                Throw away
              </Button>
              <Button slot="close">Stay signed in</Button>
            </div>
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  )
}
