import { useState } from 'react'
import { app, heading, HoldfastProvider, useCollection, useSyncStatus } from './app'

export function Root() {
  return (
    <HoldfastProvider app={app}>
      <h1>{heading}</h1>
      <Notes />
    </HoldfastProvider>
  )
}

function Notes() {
  const notes = useCollection('notes', { orderBy: 'title' })
  const status = useSyncStatus()
  const [title, setTitle] = useState('')
  return (
    <>
      <input aria-label="Title" value={title} onChange={(event) => setTitle(event.target.value)} />
      <button onClick={() => void notes.create({ title })}>Add</button>
      <ul>
        {notes.rows?.map(({ id, value, state }) => (
          <li key={id} className={state}>
            {value?.title}
          </li>
        ))}
      </ul>
      <output>{status.words}</output>
    </>
  )
}
