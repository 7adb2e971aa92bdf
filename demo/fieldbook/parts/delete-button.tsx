import { Button, Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { TrashIcon } from './icons.js'
import { Problem } from './problem.js'
import { useAction } from './use-action.js'

interface Props {
  /** How the person knows it. */
  what: string
  onDelete: () => Promise<unknown>
}

/** Deletes after a question. */
export function DeleteButton({ what, onDelete }: Props) {
  const remove = useAction(onDelete)
  return (
    <DialogTrigger>
      <Button className="icon-button" aria-label={`Delete ${what}`}>
        <TrashIcon />
      </Button>
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="modal">
          <Dialog role="alertdialog">
            {({ close }) => (
              <>
                <Heading slot="title">Delete “{what}”?</Heading>
                <p>It leaves your list at once, and the server as soon as there is a network.</p>
                <Problem error={remove.error} />
                <p className="actions">
                  <Button className="danger" onPress={() => void remove.run().then((isDone) => isDone && close())}>
                    Delete
                  </Button>
                  <Button slot="close">Keep it</Button>
                </p>
              </>
            )}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  )
}
