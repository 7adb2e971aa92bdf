import { useSyncExternalStore } from 'react'
import type { App } from '../app.js'
import { afterPending, afterStep, type Bar } from './timeline.js'

interface Timeline {
  read(): readonly Bar[]
  subscribe(listener: () => void): () => void
}

const timelines = new WeakMap<App, Timeline>()

/** The edits since the drawer was first opened, oldest first. They are noted also while it is closed. */
export function useTimeline(app: App): readonly Bar[] {
  const known = timelines.get(app) ?? noted(app)
  timelines.set(app, known)
  return useSyncExternalStore(known.subscribe, known.read)
}

function noted(app: App): Timeline {
  let bars: readonly Bar[] = []
  const listeners = new Set<() => void>()
  const show = (next: readonly Bar[]): void => {
    if (next === bars) return
    bars = next
    for (const listener of listeners) listener()
  }
  // Not at once: a component that renders may not change another.
  queueMicrotask(() => {
    app.trace$.subscribe((event) => show(afterStep(bars, event)))
    app.pending$.subscribe((pending) => show(afterPending(bars, pending, Date.now())))
  })
  return {
    read: () => bars,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
