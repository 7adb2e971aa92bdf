import { Button, Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { fillMemory, prepareEnd, stay } from './end-tab.js'
import { Step } from './step.js'

export function EndStep({ isDone }: { isDone: boolean }) {
  return (
    <Step
      title="6. End this tab without a goodbye"
      watch="Open Fieldbook again, and this drawer: every change that waited is there, and is sent once."
      isDone={isDone}
    >
      <DialogTrigger onOpenChange={(isOpen) => (isOpen ? prepareEnd() : stay())}>
        <Button className="danger">End this tab …</Button>
        <ModalOverlay className="overlay" isDismissable>
          <Modal className="modal">
            <Dialog role="alertdialog">
              <Heading slot="title">End this tab by filling its memory?</Heading>
              <p>
                The page takes memory until the browser ends it. For some seconds the whole device may be slow: save
                your work in other programs first. Chromium’s own command is gentler: type <code>chrome://crash</code>{' '}
                into the address bar while this question is open.
              </p>
              <p className="actions">
                <Button className="danger" onPress={fillMemory}>
                  Fill the memory
                </Button>
                <Button slot="close">Stay here</Button>
              </p>
            </Dialog>
          </Modal>
        </ModalOverlay>
      </DialogTrigger>
    </Step>
  )
}
