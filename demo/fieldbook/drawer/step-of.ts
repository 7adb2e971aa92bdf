import type { TraceEvent } from 'holdfast/backendless'

export type StepName = 'network' | 'session' | 'change' | 'delete' | 'storage' | 'end'

/** The step that an event of the app proves. Others are proved by what the page shows. */
export function stepOf(event: TraceEvent): StepName | undefined {
  if (event.type === 'session') return event.state === 'expired' ? 'session' : undefined
  if (event.type === 'healed') return 'storage'
  // A session that has ended is no trouble of the network.
  if (event.type === 'failed') return event.kind === 'auth' ? undefined : 'network'
  return undefined
}
