import type { Row } from 'holdfast/backendless'
import { useDeferredValue, useState } from 'react'
import { Button, GridList, ListLayout, Virtualizer } from 'react-aria-components'
import { useCollection, type Job } from '../app.js'
import { DeleteButton } from '../parts/delete-button.js'
import { JobFilter, noFilter } from '../parts/job-filter.js'
import { JobRow } from '../parts/job-row.js'
import { Problem } from '../parts/problem.js'
import { PullNotice } from '../parts/pull-notice.js'
import { useAction } from '../parts/use-action.js'
import { goTo, placeOfJob } from '../place.js'
import { count } from '../words/status.js'

export function JobsScreen() {
  const [filter, setFilter] = useState(noFilter)
  // The list follows the keys when there is time.
  const { text, status, order } = useDeferredValue(filter)
  const jobs = useCollection(
    'Job',
    {
      where: (job) => (status === 'all' || (job.status === 'done') === (status === 'done')) && isIn(job, text),
      orderBy: order,
    },
    [text, status],
  )
  const makeJob = useAction(async () => {
    const { recordId } = await jobs.create({ title: 'New job', status: 'planned', due: today() })
    goTo(placeOfJob(recordId))
  })
  const { rows } = jobs

  return (
    <div className="jobs">
      <div className="screen-top">
        <h1 tabIndex={-1}>Jobs</h1>
        <Button className="primary" onPress={() => void makeJob.run()}>
          New job
        </Button>
      </div>
      <Problem error={makeJob.error} />
      <PullNotice table="Job" />
      <JobFilter value={filter} onChange={setFilter} />
      <p className="hint" role="status">
        {rows ? count(rows.length, 'job') : 'Reading this device …'}
      </p>
      <Virtualizer layout={ListLayout} layoutOptions={{ rowSize: 88 }}>
        <GridList
          aria-label="Jobs"
          className="job-list"
          items={(rows ?? []) as Row<Job>[]}
          onAction={(id) => goTo(placeOfJob(String(id)))}
          renderEmptyState={() => <NoJobs isFiltered={text !== '' || status === 'done'} isRead={!!rows} />}
        >
          {(row) => (
            <JobRow row={row}>
              <DeleteButton what={row.value.title || 'this job'} onDelete={() => jobs.delete(row.id)} />
            </JobRow>
          )}
        </GridList>
      </Virtualizer>
    </div>
  )
}

function NoJobs({ isFiltered, isRead }: { isFiltered: boolean; isRead: boolean }) {
  if (!isRead) return null
  return (
    <div className="empty">
      <p>{isFiltered ? 'No job is like that.' : 'There are no jobs on this device yet.'}</p>
      <p className="hint">{isFiltered ? 'Try fewer letters, or all jobs.' : 'Make one, or wait for the server.'}</p>
    </div>
  )
}

function isIn({ title, customer, place, number }: Job, text: string): boolean {
  const words = `${title ?? ''} ${customer ?? ''} ${place ?? ''} ${number ?? ''}`.toLowerCase()
  return text
    .toLowerCase()
    .split(' ')
    .every((word) => words.includes(word))
}

function today(): string {
  // The day of this place: ISO strings have the day of UTC.
  const now = new Date()
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10)
}
