import type { Row } from 'holdfast/backendless'
import type { ReactNode } from 'react'
import { GridListItem } from 'react-aria-components'
import type { Job } from '../app.js'
import { dayOf, wordOfStatus } from '../words/jobs.js'

/** A job in the list. `children`: its buttons. */
export function JobRow({ row, children }: { row: Row<Job>; children: ReactNode }) {
  const { title, customer, place, due, status } = row.value
  return (
    <GridListItem id={row.id} className="job-row" textValue={title}>
      <span className="job-day">{dayOf(due)}</span>
      <span className="job-what">
        <span className="job-title">{title}</span>
        <span className="job-where">{[customer, place].filter(Boolean).join(' · ') || 'No customer yet'}</span>
      </span>
      <RowMark row={row} />
      <span className="pill" data-status={status}>
        {wordOfStatus(status ?? 'planned')}
      </span>
      {children}
    </GridListItem>
  )
}

function RowMark({ row: { state } }: { row: Row<Job> }) {
  if (state === 'confirmed') return null
  return (
    <span className="mark" data-state={state === 'refused' ? 'refused' : 'waiting'}>
      {state === 'refused' ? 'Refused' : 'Waiting'}
    </span>
  )
}
