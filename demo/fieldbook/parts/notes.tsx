import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useCollection, useField, useRecord } from '../app.js'
import { DeleteButton } from './delete-button.js'
import { Problem } from './problem.js'
import { PullNotice } from './pull-notice.js'
import { RecordFault } from './record-fault.js'
import { SavedField } from './saved-field.js'
import { useAction } from './use-action.js'

/** The notes of a job. A new one is saved at once, and each key of it. */
export function Notes({ jobId }: { jobId: string }) {
  const [madeId, setMadeId] = useState('')
  const notes = useCollection('Note', { where: (note) => note.jobId === jobId }, [jobId])
  const add = useAction(async () => {
    // Known before the note is shown: it gets the focus as it appears.
    const id = notes.newId()
    setMadeId(id)
    await notes.create({ jobId, text: '' }, { id })
  })

  return (
    <section className="notes" aria-labelledby="notes-heading">
      <div className="screen-top">
        <h2 id="notes-heading" tabIndex={-1}>
          Notes
        </h2>
        <Button onPress={() => void add.run()}>Add a note</Button>
      </div>
      <Problem error={add.error} />
      <PullNotice table="Note" />
      {notes.rows?.length === 0 && <p className="empty">No notes yet. Write down what you see.</p>}
      <ul>
        {notes.rows?.map(({ id }, index) => (
          <NoteItem key={id} id={id} number={index + 1} shouldFocus={id === madeId} />
        ))}
      </ul>
    </section>
  )
}

function NoteItem({ id, number, shouldFocus }: { id: string; number: number; shouldFocus: boolean }) {
  const note = useRecord('Note', id)
  const text = useField(note, 'text')
  return (
    <li className="note">
      <SavedField
        label={`Note ${number}`}
        field={text}
        isLong
        shouldFocus={shouldFocus}
        placeholder="Your findings, and the work done"
      />
      <DeleteButton what={`note ${number}`} onDelete={() => note.delete()} />
      <RecordFault state={note.state} />
    </li>
  )
}
