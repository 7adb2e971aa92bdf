import type { ReactNode } from 'react'
import { Button, Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { Problem } from './problem.js'
import { useAction } from './use-action.js'

interface Props {
  /** The button that opens it. */
  children: ReactNode
  title: string
  text: string
  yes: string
  no: string
  onYes: () => Promise<unknown>
}

/** Asks before something is done that cannot be taken back. Reasons why it was not done stand in the question. */
export function Question({ children, title, text, yes, no, onYes }: Props) {
  const act = useAction(onYes)
  return (
    <DialogTrigger>
      {children}
      <ModalOverlay className="overlay" isDismissable>
        <Modal className="modal">
          <Dialog role="alertdialog">
            {({ close }) => (
              <>
                <Heading slot="title">{title}</Heading>
                <p>{text}</p>
                <Problem error={act.error} />
                <p className="actions">
                  <Button className="danger" onPress={() => void act.run().then((isDone) => isDone && close())}>
                    {yes}
                  </Button>
                  <Button slot="close">{no}</Button>
                </p>
              </>
            )}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </DialogTrigger>
  )
}
