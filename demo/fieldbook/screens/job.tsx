import { Radio, RadioGroup, Label } from 'react-aria-components'
import { useField, useRecord } from '../app.js'
import { DeleteButton } from '../parts/delete-button.js'
import { Notes } from '../parts/notes.js'
import { RecordFault } from '../parts/record-fault.js'
import { SavedField } from '../parts/saved-field.js'
import { goTo, jobsPlace } from '../place.js'
import { jobStatuses } from '../words/jobs.js'
import { markOf } from '../words/marks.js'

export function JobScreen({ id }: { id: string }) {
  const job = useRecord('Job', id)
  const title = useField(job, 'title')
  const number = useField(job, 'number')
  const customer = useField(job, 'customer')
  const place = useField(job, 'place')
  const due = useField(job, 'due')
  const status = useField(job, 'status')
  if (!job.value) return <NoJob isDeleted={job.value === null} />

  return (
    <div className="page">
      <p className="back">
        <a href={jobsPlace}>‹ All jobs</a>
      </p>
      <div className="screen-top">
        <h1 tabIndex={-1}>{title.value || 'A job without a title'}</h1>
        <DeleteButton
          what={job.value.title}
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

function NoJob({ isDeleted }: { isDeleted: boolean }) {
  return (
    <div className="page">
      <p className="back">
        <a href={jobsPlace}>‹ All jobs</a>
      </p>
      <h1 tabIndex={-1}>{isDeleted ? 'This job was deleted' : 'Reading this device …'}</h1>
    </div>
  )
}
