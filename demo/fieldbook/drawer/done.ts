/* Which steps have happened. Kept beside the app's data: the last step ends the page. */
import { useSyncExternalStore } from 'react'
import type { App } from '../app.js'
import { tookEnd } from './end-tab.js'
import { recall, remember } from './page-memory.js'
import { isStep, stepOf, type StepName } from './step-of.js'

const key = 'fieldbook.steps'
const listeners = new Set<() => void>()
let done: readonly StepName[] = (recall(key)?.split(' ') ?? []).filter(isStep)

export function useDone(): readonly StepName[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => done,
  )
}

export function tick(name: StepName): void {
  if (!done.includes(name)) keep([...done, name])
}

export function startOver(): void {
  keep([])
}

const watched = new WeakSet<App>()

/** Ticks the steps as the app goes through them, also while the drawer is closed. */
export function watchSteps(app: App): void {
  if (tookEnd()) tick('end')
  if (watched.has(app)) return
  watched.add(app)
  let sentAtMs: number | undefined
  app.trace$.subscribe((event) => {
    if (event.type === 'sent') sentAtMs = event.atMs
    const name = stepOf(event, sentAtMs)
    if (name) tick(name)
  })
}

function keep(next: readonly StepName[]): void {
  done = next
  remember(key, done.join(' '))
  for (const listener of listeners) listener()
}
