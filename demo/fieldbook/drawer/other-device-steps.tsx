import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useApp, useCurrentUser } from '../app.js'
import { useAction } from '../parts/use-action.js'
import { placeOfJob, usePlace } from '../place.js'
import { addElsewhere, changeElsewhere, deleteElsewhere, lookNow, type OthersWork } from './other-device.js'
import type { ServerControl } from './server-control.js'
import { Step } from './step.js'
import type { StepName } from './step-of.js'
import { tickWhenSeen } from './when-seen.js'

interface Props {
  control: ServerControl
  isDone: boolean
}

export function ChangeStep({ control, isDone }: Props) {
  const { act, isSignedIn, said } = useOthersWork(control, 'change')
  return (
    <Step
      title="3. Another device changes"
      watch="The title changes under your eyes; if you have changed it meanwhile, the inbox shows both."
      isDone={isDone}
      error={act.error}
    >
      <Button isDisabled={!isSignedIn} onPress={() => void act.run(changeElsewhere, 'Changed to')}>
        Change a job elsewhere
      </Button>
      {said}
    </Step>
  )
}

export function DeleteStep({ control, isDone }: Props) {
  const { act, isSignedIn, said } = useOthersWork(control, 'delete')
  return (
    <Step
      title="4. Another device adds and deletes"
      watch="The list follows; a change of yours to a job that is gone is kept in the inbox."
      isDone={isDone}
      error={act.error}
    >
      <Button isDisabled={!isSignedIn} onPress={() => void act.run(addElsewhere, 'Added')}>
        Add a job elsewhere
      </Button>
      <Button className="danger" isDisabled={!isSignedIn} onPress={() => void act.run(deleteElsewhere, 'Deleted')}>
        Delete a job elsewhere
      </Button>
      {said}
    </Step>
  )
}

type Work = (control: ServerControl, shownId: string) => Promise<OthersWork>

/** Has it done elsewhere, looks for it here, and says which job it was. */
function useOthersWork(control: ServerControl, step: StepName) {
  const app = useApp()
  const { value } = useCurrentUser()
  const { screen, id: shownId } = usePlace()
  const [last, setLast] = useState<OthersWork & { verb: string }>()
  const act = useAction(async (work: Work, verb: string) => {
    const done = await work(control, screen === 'inbox' || screen === 'profile' ? '' : shownId)
    setLast({ ...done, verb })
    tickWhenSeen(app, step, done.id, work === deleteElsewhere ? undefined : done.title)
    await lookNow(app, done.id)
  })
  const said = last && (
    <p className="hint step-said" role="status">
      {last.verb} <a href={placeOfJob(last.id)}>{last.title}</a>
    </p>
  )
  return { act, isSignedIn: value !== undefined, said }
}
