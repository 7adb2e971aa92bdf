/* How far the person's changes have come, in one line. */
import type { Status } from 'holdfast/backendless'
import { wordsOfFailure } from './errors.js'

/** More than these make a bar. */
const fewChanges = 9

/** Whether a bar says more than a line. */
export function isMany({ pending, total, phase }: Pick<Status, 'pending' | 'total' | 'phase'>): boolean {
  return total > fewChanges && (pending > fewChanges || (pending > 0 && phase === 'sending'))
}

export function wordsOfStatus(status: Status, nowMs: number): string {
  const { phase, pending, faults, failure, lastReplyAtMs } = status
  const parts = [
    faults > 0 ? `${count(faults, 'change')} refused` : '',
    isMany(status) ? `${status.sent} of ${status.total} sent` : '',
    pending > 0 && !isMany(status)
      ? `${count(pending, 'change')} ${phase === 'sending' ? 'being sent' : 'waiting'}`
      : '',
    phase === 'offline' ? 'offline' : '',
    phase === 'needs-login' ? 'sign in to send' : '',
    phase === 'held' && failure ? `not sent: ${wordsOfFailure(failure)}` : '',
    phase !== 'sending' && pending > 0 && lastReplyAtMs !== undefined
      ? `last contact ${ago(nowMs - lastReplyAtMs)}`
      : '',
  ].filter(Boolean)
  if (phase === 'opening') return 'Opening'
  if (parts.length === 0) return 'All changes are sent'
  return capital(parts.join(' · '))
}

export function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`
}

export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
