'use client'

import { HoldfastProvider, useCollection, useSyncStatus } from 'holdfast/react'
import { openRest } from 'holdfast/rest'
import { useState } from 'react'

const openApp = () =>
  openRest({
    url: new URLSearchParams(location.search).get('api'),
    account: 'ann',
    collections: { notes: { ids: 'device', create: 'PUT' } },
  })

export function Notes() {
  return (
    <HoldfastProvider app={openApp}>
      <List />
    </HoldfastProvider>
  )
}

function List() {
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
