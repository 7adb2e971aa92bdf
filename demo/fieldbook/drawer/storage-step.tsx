import { Button } from 'react-aria-components'
import { useApp, useCurrentUser } from '../app.js'
import { useAction } from '../parts/use-action.js'
import { loseStorage } from './lose-storage.js'
import { Step } from './step.js'

export function StorageStep({ isDone }: { isDone: boolean }) {
  const app = useApp()
  const { value } = useCurrentUser()
  const lose = useAction(() => loseStorage(app))
  return (
    <Step
      title="5. Lose the storage connection"
      watch="Go on typing: the app opens the database again, and each change is still here."
      isDone={isDone}
      error={lose.error}
    >
      <Button isDisabled={!value} onPress={() => void lose.run()}>
        Close the database
      </Button>
    </Step>
  )
}
