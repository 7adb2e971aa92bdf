import { type Observable, Subject } from 'rxjs'
import type { TraceEvent } from '../model/events.js'

/** The number of the newest steps that `report()` has. */
const kept = 200

export interface Trace {
  /** Every step of this context as it happens; nothing of it is stored. */
  readonly trace$: Observable<TraceEvent>
  /** The newest steps, oldest first. */
  recent(): readonly TraceEvent[]
  emit(event: TraceEvent): void
  close(): void
}

export function createTrace(): Trace {
  const events = new Subject<TraceEvent>()
  const recent: TraceEvent[] = []
  return {
    trace$: events.asObservable(),
    recent: () => recent,
    emit(event) {
      recent.push(event)
      if (recent.length > kept) recent.shift()
      events.next(event)
    },
    close: () => events.complete(),
  }
}
