import { Button } from 'react-aria-components'
import { count } from '../words/status.js'
import { startOver, useDone } from './done.js'
import { EndStep } from './end-step.js'
import { NetworkStep } from './network-step.js'
import { ChangeStep, DeleteStep } from './other-device-steps.js'
import { SessionStep } from './session-step.js'
import { StorageStep } from './storage-step.js'
import type { Server } from './use-server.js'

/** The six steps, in the order of the story. A server that is not commanded from here leaves its four out. */
export function Steps({ server }: { server: Server }) {
  const done = useDone()
  if (server.state === 'asking') return null
  const control = server.state === 'here' ? server.control : undefined
  const seen = control ? done.length : done.filter((name) => name === 'storage' || name === 'end').length
  return (
    <section aria-labelledby="steps-heading">
      <div className="screen-top">
        <h3 id="steps-heading">{control ? 'Six' : 'Two'} steps</h3>
        <p className="hint" role="status">
          {count(seen, 'step')} of {control ? 6 : 2} seen
        </p>
        <Button className="link" onPress={startOver}>
          Start over
        </Button>
      </div>
      {/* Safari reads a list without numbers of its own as none. */}
      <ol role="list" className="steps">
        {control && (
          <>
            <NetworkStep control={control} isDone={done.includes('network')} />
            <SessionStep control={control} isDone={done.includes('session')} />
            <ChangeStep control={control} isDone={done.includes('change')} />
            <DeleteStep control={control} isDone={done.includes('delete')} />
          </>
        )}
        <StorageStep isDone={done.includes('storage')} />
        <EndStep isDone={done.includes('end')} />
      </ol>
    </section>
  )
}
