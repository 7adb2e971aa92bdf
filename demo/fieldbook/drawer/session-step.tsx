import { Button } from 'react-aria-components'
import { useCurrentUser } from '../app.js'
import { useAction } from '../parts/use-action.js'
import type { ServerControl } from './server-control.js'
import { Step } from './step.js'

export function SessionStep({ control, isDone }: { control: ServerControl; isDone: boolean }) {
  const { value } = useCurrentUser()
  const end = useAction(() => control.ask('POST', '/sessions/end', { userId: value?.objectId }))
  return (
    <Step
      title="2. Kill the session"
      watch="Then change something: the app keeps it, and asks for the password where you are."
      isDone={isDone}
      error={end.error}
    >
      <Button isDisabled={!value} onPress={() => void end.run()}>
        Kill my session
      </Button>
    </Step>
  )
}
