import type { TraceEvent } from 'holdfast/backendless'

const stepNames = ['network', 'session', 'change', 'delete', 'storage', 'end'] as const

export type StepName = (typeof stepNames)[number]

export function isStep(name: string): name is StepName {
  return (stepNames as readonly string[]).includes(name)
}

const slowMs = 2000

/** The step that an event of the app proves; `sentAtMs`: when it last sent. Others are proved by what the page shows. */
export function stepOf(event: TraceEvent, sentAtMs = event.atMs): StepName | undefined {
  if (event.type === 'session') return event.state === 'expired' ? 'session' : undefined
  if (event.type === 'healed') return 'storage'
  // A session that has ended is no trouble of the network.
  if (event.type === 'failed') return event.kind === 'auth' ? undefined : 'network'
  return event.type === 'accepted' && event.atMs - sentAtMs >= slowMs ? 'network' : undefined
}
