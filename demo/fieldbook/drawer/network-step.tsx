import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import { useAction } from '../parts/use-action.js'
import { conditions, type Condition } from './network.js'
import type { ServerControl } from './server-control.js'
import { Step } from './step.js'
import { useCondition } from './use-condition.js'

export function NetworkStep({ control, isDone }: { control: ServerControl; isDone: boolean }) {
  const { condition, set } = useCondition(control)
  const choose = useAction(set)
  return (
    <Step
      title="1. Break the network of all tabs"
      watch="Then change a job: it is saved at once, waits, and is sent when the network works again."
      isDone={isDone}
      error={choose.error}
    >
      <ToggleButtonGroup
        className="conditions"
        aria-label="Network of all tabs"
        selectionMode="single"
        disallowEmptySelection
        selectedKeys={[condition]}
        onSelectionChange={([next]) => void choose.run(next as Condition)}
      >
        {conditions.map(([id, word]) => (
          <ToggleButton key={id} id={id}>
            {word}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
    </Step>
  )
}
