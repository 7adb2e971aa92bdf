import type { Observable } from 'rxjs'

/** Subscribes, and returns what the observable emitted last; undefined before that. */
export function newest<T>(observable: Observable<T>): () => T | undefined {
  let last: T | undefined
  observable.subscribe((value) => (last = value))
  return () => last
}
