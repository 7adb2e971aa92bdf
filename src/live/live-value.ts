// The observables that apps see (R8). They compute a value when somebody looks, so a value that nobody observes costs
// nothing.
import { Observable, type Subscriber } from 'rxjs'
import { deepFreeze } from '../model/freeze.js'
import type { Json } from '../model/record.js'
import { equal } from '../model/same.js'

/** Emits on subscribe, then on change only; never errors; completes on `close()`. Its values are frozen. */
export interface Live<T> extends Observable<T> {
  /** The value now, also while nobody subscribes. */
  readonly value: T
}

/** An observed thing, to be looked at again. */
interface Watched {
  emit(): void
  complete(): void
}

/**
 * A change first reaches everything that values are made of, as a whole, and only then the observers: each sees one state.
 */
export interface Changes {
  /** Raised by each change; a value computed at an older one is computed anew when read. */
  readonly stamp: number
  readonly closed: boolean
  watch(topic: string, watched: Watched): () => void
  /** A part of the values of these topics has changed, or of any topic when none is named. */
  changed(...topics: string[]): void
  close(): void
}

export function createChanges(): Changes {
  let stamp = 0
  let closed = false
  const watchedByTopic = new Map<string, Set<Watched>>()
  return {
    get stamp() {
      return stamp
    },
    get closed() {
      return closed
    },
    watch(topic, watched) {
      const others = watchedByTopic.get(topic) ?? new Set()
      watchedByTopic.set(topic, others.add(watched))
      return () => {
        if (others.delete(watched) && !others.size && watchedByTopic.get(topic) === others) watchedByTopic.delete(topic)
      }
    },
    changed(...topics) {
      stamp++
      if (closed) return
      for (const topic of topics.length ? topics : [...watchedByTopic.keys()])
        watchedByTopic.get(topic)?.forEach((watched) => watched.emit())
    },
    close() {
      closed = true
      for (const all of watchedByTopic.values()) for (const watched of all) watched.complete()
    },
  }
}

/** Stands for the value of a subscriber that has got none yet. */
const nothing = Symbol()

export interface LiveOptions {
  /** Called with `true` when the first subscriber comes, and with `false` when the last one has gone. */
  observed?(on: boolean): void
  /** While false, subscribers wait for their first value. */
  ready?(): boolean
  /** `compute` returns the same object for the same value, so that nothing need be compared; it is frozen. */
  keepsIdentity?: boolean
}

/** A live value of `topic`, which each change of all topics may be another one. `compute` is called only when somebody reads or observes, after a change. */
export function createLiveValue<T>(
  changes: Changes,
  topic: string | (() => string),
  compute: () => T,
  { observed, ready, keepsIdentity }: LiveOptions = {},
): Live<T> {
  // The value that each subscriber has seen. A subscriber that causes an update in its callback makes the newer value
  // overtake the older one; the others must not get the older one then.
  const seenBy = new Map<Subscriber<T>, unknown>()
  let value: T
  let at = -1
  let watching: { topic: string; end(): void } | undefined

  const watch = (): void => {
    const now = typeof topic === 'string' ? topic : topic()
    if (watching?.topic === now) return
    watching?.end()
    watching = { topic: now, end: changes.watch(now, watched) }
  }

  const read = (): T => {
    if (at !== changes.stamp) {
      const first = at < 0
      at = changes.stamp
      const next = compute()
      // Unknown and absent differ, unlike two values of a property.
      const isSame =
        next === value || (!keepsIdentity && next != null && value != null && equal(next as Json, value as Json))
      if (first || !isSame) value = keepsIdentity || Object.isFrozen(next) ? next : deepFreeze(next)
    }
    return value
  }
  const show = (subscriber: Subscriber<T>): void => {
    if (!seenBy.has(subscriber) || seenBy.get(subscriber) === value) return
    seenBy.set(subscriber, value)
    subscriber.next(value)
  }
  const watched: Watched = {
    emit() {
      watch()
      if (ready && !ready()) return
      read()
      for (const subscriber of seenBy.keys()) show(subscriber)
    },
    complete() {
      for (const subscriber of seenBy.keys()) subscriber.complete()
    },
  }
  const observable = new Observable<T>((subscriber) => {
    if (changes.closed) {
      if (!ready || ready()) subscriber.next(read())
      return subscriber.complete()
    }
    subscriber.add(() => {
      if (seenBy.delete(subscriber) && !seenBy.size) {
        watching?.end()
        watching = undefined
        observed?.(false)
      }
    })
    const first = !seenBy.size
    seenBy.set(subscriber, nothing)
    if (first) {
      watch()
      observed?.(true)
      // It may be another one now that somebody looks.
      at = Math.min(at, changes.stamp - 1)
    }
    if (ready && !ready()) return
    read()
    show(subscriber)
  })
  return Object.defineProperty(observable, 'value', { get: read }) as Live<T>
}
