import { useEffect } from 'react'
import { Radio, RadioGroup, Label } from 'react-aria-components'
import { useField, useRecord } from '../app.js'
import { DeleteButton } from '../parts/delete-button.js'
import { Notes } from '../parts/notes.js'
import { Problem } from '../parts/problem.js'
import { RecordFault } from '../parts/record-fault.js'
import { SavedField } from '../parts/saved-field.js'
import { useAction } from '../parts/use-action.js'
import { goTo, jobsPlace } from '../place.js'
import { jobStatuses } from '../words/jobs.js'
import { markOf } from '../words/marks.js'

/** By then a job that this device has is read: the server has to be asked for another one. */
const readMs = 500

export function JobScreen({ id }: { id: string }) {
  const job = useRecord('Job', id)
  const title = useField(job, 'title')
  const number = useField(job, 'number')
  const customer = useField(job, 'customer')
  const place = useField(job, 'place')
  const due = useField(job, 'due')
  const status = useField(job, 'status')
  const read = useAction(() => job.refresh())
  const { run } = read
  const isUnknown = job.value === undefined
  useEffect(() => {
    if (!isUnknown) return
    const timer = setTimeout(() => void run(), readMs)
    return () => clearTimeout(timer)
    // `run` is new each time; the screen asks once.
  }, [id, isUnknown])
  if (!job.value) return <NoJob isDeleted={job.value === null} error={read.error} />

  return (
    <div className="page">
      <p className="back">
        <a href={jobsPlace}>‹ All jobs</a>
      </p>
      <div className="screen-top">
        <h1 tabIndex={-1}>{title.value || 'A job without a title'}</h1>
        <DeleteButton
          what={job.value.title || 'this job'}
          onDelete={async () => {
            await job.delete()
            goTo(jobsPlace)
          }}
        />
      </div>
      <RecordFault state={job.state} />
      <form className="fields" onSubmit={(event) => event.preventDefault()}>
        <SavedField label="Title" field={title} shouldFocus={job.value.title === 'New job'} />
        <RadioGroup
          className="field"
          value={status.value ?? 'planned'}
          onChange={(word) => void status.set(word as never)}
        >
          <span className="field-top">
            <Label>Status</Label>
            <span className="mark" data-state={markOf(status).state}>
              {markOf(status).word}
            </span>
          </span>
          <span className="segments">
            {jobStatuses.map(([word, shown]) => (
              <Radio key={word} value={word}>
                {shown}
              </Radio>
            ))}
          </span>
          {markOf(status).reason && (
            <p className="problem">
              {markOf(status).reason} {markOf(status).state === 'refused' && <a href="#/inbox">Open the inbox</a>}
            </p>
          )}
        </RadioGroup>
        <SavedField label="Date" type="date" field={due} />
        <SavedField label="Customer" field={customer} />
        <SavedField label="Place" field={place} />
        <SavedField label="Order number" field={number} />
      </form>
      <Notes jobId={id} />
    </div>
  )
}

function NoJob({ isDeleted, error }: { isDeleted: boolean; error: unknown }) {
  return (
    <div className="page">
      <p className="back">
        <a href={jobsPlace}>‹ All jobs</a>
      </p>
      <h1 tabIndex={-1}>{isDeleted ? 'This job was deleted' : 'Looking for this job …'}</h1>
      <Problem error={error} />
    </div>
  )
}
