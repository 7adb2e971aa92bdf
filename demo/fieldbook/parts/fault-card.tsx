import type { RowFault } from 'holdfast/backendless'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useApp } from '../app.js'
import { placeOfJob } from '../place.js'
import { textOf } from '../words/names.js'
import { adviceFor, isContest, titleOf, wordsOfDrop } from '../words/faults.js'
import { ago } from '../words/status.js'
import { FaultEditor } from './fault-editor.js'
import { FaultValues } from './fault-values.js'
import { Problem } from './problem.js'
import { Question } from './question.js'
import { useAction } from './use-action.js'

/** One refusal: what was refused and why, the three values, and the ways on. */
export function FaultCard({ fault }: { fault: RowFault }) {
  const { faults } = useApp()
  const [isEdited, setIsEdited] = useState(false)
  const discard = (): Promise<unknown> => faults.discard(fault.id, { group: fault.op === 'create' })
  const answer = useAction((way: 'retry' | 'discard') => (way === 'retry' ? faults.retry(fault.id) : discard()))
  const title = titleOf(fault)
  const about = `${title}: `
  const again = isContest(fault) ? 'Keep mine' : 'Try again'
  const isTaken = fault.kind === 'conflict' && !isContest(fault)
  const canEdit = fault.mine !== null && fault.op !== 'delete' && fault.kind !== 'gone'

  return (
    <li className="card fault" aria-label={title}>
      <h2 tabIndex={-1}>{title}</h2>
      <p>{adviceFor(fault)}</p>
      <p className="hint">
        {fault.code !== undefined && `The server said: “${fault.message}” · `}
        {ago(Date.now() - fault.atMs)} · <FaultPlace fault={fault} />
      </p>
      {isEdited ? <FaultEditor fault={fault} onDone={() => setIsEdited(false)} /> : <FaultValues fault={fault} />}
      <Problem error={answer.error} />
      {!isEdited && (
        <p className="actions">
          <Button
            className={isTaken && canEdit ? '' : 'primary'}
            aria-label={about + again.toLowerCase()}
            onPress={() => void answer.run('retry')}
          >
            {again}
          </Button>
          {isContest(fault) && (
            <Button aria-label={`${about}take theirs`} onPress={() => void answer.run('discard')}>
              Take theirs
            </Button>
          )}
          {canEdit && (
            <Button className={isTaken ? 'primary' : ''} aria-label={`${about}edit`} onPress={() => setIsEdited(true)}>
              Edit
            </Button>
          )}
          {!isContest(fault) && (
            <Question title="Drop this change?" text={wordsOfDrop(fault)} yes="Drop it" no="Keep it" onYes={discard}>
              <Button aria-label={`${about}drop`}>Drop</Button>
            </Question>
          )}
        </p>
      )}
    </li>
  )
}

/** Where the refused change was made. */
function FaultPlace({ fault: { collection, recordId, view, mine } }: { fault: RowFault }) {
  if (collection === 'users') return <a href="#/profile">Your profile</a>
  const jobId = collection === 'Job' ? recordId : textOf(view?.['jobId'] ?? mine?.['jobId'])
  return <a href={placeOfJob(jobId)}>The job</a>
}
