// Floor 7: how far the person's edits have come, in words.
import type { Status } from '../live/status.js'
import { useApp } from './app.js'
import { useLive } from './use-live.js'

/** The state of the queue, for a person. */
export interface SyncStatus extends Status {
  /** One sentence for the person. */
  readonly words: string
  /** From 0 to 1: how much of the queue has been sent; `undefined` while nothing is pending. */
  readonly progress: number | undefined
}

const opening: Status = {
  phase: 'opening',
  pending: 0,
  faults: 0,
  oldestPendingAtMs: undefined,
  nextAttemptAtMs: undefined,
  lastReplyAtMs: undefined,
  sent: 0,
  total: 0,
}

/** `words`: the app's own, such as those of another language. */
export function useSyncStatus(words: (status: Status) => string = statusWords): SyncStatus {
  const status = useLive(useApp()?.status$, opening)
  const { pending, sent, total } = status
  return { ...status, words: words(status), progress: pending && total ? sent / total : undefined }
}

/** A refusal comes before everything but the need to act: nobody may read "sent" while one is open. */
export function statusWords({ phase, pending, faults, sent, total, failure }: Status): string {
  const changes = pending === 1 ? '1 change is' : `${pending} changes are`
  const kept = pending ? `${changes} kept on this device` : ''
  const refused = faults === 1 ? '1 change was refused' : `${faults} changes were refused`
  switch (phase) {
    case 'opening':
      return 'Opening'
    case 'needs-login':
      return pending ? `Sign in again: ${kept}` : 'Sign in again'
    case 'held':
      return `Not sent: ${failure?.message ?? 'the app has to be reloaded'}`
    case 'sending':
      return `Sending ${Math.min(sent + 1, total)} of ${total}`
    case 'waiting':
      return `Waiting to send: ${kept}`
    case 'offline':
      return pending ? `Offline: ${kept}` : faults ? `Offline: ${refused}` : 'Offline'
    case 'idle':
      return faults ? refused : 'All changes are sent'
  }
}
