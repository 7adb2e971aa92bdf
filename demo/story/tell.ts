/* The reports of a story's page, for the terminal. */
import type { Live, Status } from '../../src/index.js'

/** A report of the client to the app. `F`: a fault that was not open before the page was, as it tells of one. */
export interface Told<F = unknown> {
  readonly atMs: number
  readonly from: string
  readonly text: string
  readonly newFault?: F
}

declare global {
  /** Passes the reports so far, and then all that come, in order to `hear`. */
  var listen: () => void
  /** Put into the page from outside, once it is open. */
  var hear: (told: Told) => void
}

const early: Told[] = []
let pass = (told: Told): void => void early.push(told)

globalThis.listen = () => {
  early.forEach(hear)
  pass = hear
}

export function tell(from: string, text: string, extra?: Pick<Told, 'newFault'>): void {
  pass({ atMs: Date.now(), from, text, ...extra })
}

/** Tells of each phase, and of the number of pending edits. */
export function tellStatus(status$: Live<Status>): void {
  let last = ''
  status$.subscribe(({ phase, pending, failure }) => {
    const status = `${phase}, ${pending} pending${phase === 'waiting' && failure ? `: ${failure.kind}` : ''}`
    if (status !== last) tell('status', (last = status))
  })
}
