import { isHoldfastError, type Fault, type Settlement } from '../../src/backendless/index.js'
import { clockTime, element, panel, shown } from './elements.js'
import type { DemoApp } from './profile.js'

/** Shows the person a line, at the top of the log. */
export type Note = (text: string, tone?: 'good' | 'bad') => void

const longestLog = 60

/** All events, newest first; a screen reader reads each as it comes. */
export function eventLog(): { panel: HTMLElement; note: Note } {
  const list = element('ol', { class: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions' })
  return {
    panel: panel('Events', list),
    note(text, tone) {
      const time = element('time', {}, clockTime(Date.now()))
      list.prepend(element('li', { class: tone }, time, ' ', text))
      while (list.children.length > longestLog) list.lastElementChild!.remove()
    },
  }
}

/** Logs the app's streams: session, phases, storage, faults and the end of each edit. */
export function noteEvents({ users, status$, storage$, faults, pending$, settlement }: DemoApp, note: Note): void {
  let phase: string | undefined
  const followed = new Set<string>()

  users.session$.subscribe((session) => {
    note(`Session: ${session.state}${session.state === 'expired' ? `, ${session.failure.message}` : ''}`)
  })
  status$.subscribe((status) => {
    if (status.phase === phase) return
    phase = status.phase
    note(`Status: ${phase}`)
  })
  storage$.subscribe((state) => {
    if (state !== 'ok') note(`Storage: ${state}`, 'bad')
  })
  faults.events$.subscribe(({ fault, replayed }) => {
    note(`${replayed ? 'Still open' : 'Rolled back'}: ${describeFault(fault)}`, 'bad')
  })
  // Edits of an earlier visit are in the list as well, so that the log has their end too.
  pending$.subscribe((edits) => {
    for (const { id, patch } of edits) {
      if (followed.has(id)) continue
      followed.add(id)
      note(`Saved on this device: ${describePatch(patch)}`)
      void settlement(id).then((settled) => noteFate(settled, patch, note))
    }
  })
}

/** Does what the person asked for, and logs the reason of a failure, in the words of the error. */
export async function attempt(note: Note, action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action()
    return true
  } catch (error) {
    note(isHoldfastError(error) ? `${error.name}: ${error.message}` : String(error), 'bad')
    return false
  }
}

export function describePatch(patch: { readonly [property: string]: unknown }): string {
  return Object.entries(patch)
    .map(([property, value]) => `${property} = ${shown(value)}`)
    .join(', ')
}

export function describeFault({ code, kind, message, mine }: Fault): string {
  return `${describePatch(mine)} (${kind}${code === undefined ? '' : ` ${code}`}): ${message}`
}

function noteFate(settled: Settlement, patch: { readonly [property: string]: unknown }, note: Note): void {
  // The fault of a rejection is in the log already.
  if (settled.outcome === 'rejected') return
  note(`${settled.outcome}: ${describePatch(patch)}`, settled.outcome === 'accepted' ? 'good' : undefined)
}
