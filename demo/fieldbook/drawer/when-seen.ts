import type { App, Job } from '../app.js'
import { tick } from './done.js'
import type { StepName } from './step-of.js'

/** The last one that is waited for. */
let stop = (): void => {}

/**
 * Ticks the step when this device shows the work of the other: a job of this title, or, `undefined`, no such job; or when an
 * edit of the job is refused because of it.
 */
export function tickWhenSeen(app: App, step: StepName, id: string, title: string | undefined): void {
  stop()
  const seen = (): void => {
    stop()
    tick(step)
  }
  let first = true
  const values = app
    .table<Job>('Job')
    .record(id)
    .value$.subscribe((job) => {
      // The first one is from before.
      if (title === undefined ? !job && !first : job?.title === title) queueMicrotask(seen)
      first = false
    })
  const refusals = app.trace$.subscribe((event) => {
    if (event.type === 'rejected' && event.key.id === id) seen()
  })
  stop = () => {
    values.unsubscribe()
    refusals.unsubscribe()
  }
}
