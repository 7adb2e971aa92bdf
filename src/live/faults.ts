import { Observable, type Subscriber } from 'rxjs'
import type { Fault } from '../model/fault.js'
import type { Live } from './live-value.js'

/** `F`: the faults, where a face narrows them. */
export interface FaultEvent<T = any, F = Fault<T>> {
  /** An open fault, as `open$` has it. */
  readonly fault: F
  /** It was open before the subscription: a toast shows only the others. */
  readonly replayed: boolean
}

export interface FaultEvents {
  /** The open faults, then each new one, once to each subscriber. */
  readonly events$: Observable<FaultEvent>
  /** Reports the faults that have come. After a change of account they are old ones. */
  changed(accountChanged: boolean): void
  close(): void
}

export function createFaultEvents(open$: Live<readonly Fault[]>): FaultEvents {
  const subscribers = new Set<Subscriber<FaultEvent>>()
  let closed = false
  let known = new Set<string>()
  let last: readonly Fault[] | undefined
  return {
    events$: new Observable((subscriber) => {
      for (const fault of open$.value) if (known.has(fault.id)) subscriber.next({ fault, replayed: true })
      if (closed) return subscriber.complete()
      subscribers.add(subscriber)
      return () => subscribers.delete(subscriber)
    }),
    changed(replayed) {
      const open = open$.value
      if (open === last) return
      last = open
      const fresh = open.filter(({ id }) => !known.has(id))
      known = new Set(open.map(({ id }) => id))
      const receivers = [...subscribers]
      for (const fault of fresh) for (const subscriber of receivers) subscriber.next({ fault, replayed })
    },
    close() {
      closed = true
      for (const subscriber of subscribers) subscriber.complete()
    },
  }
}
