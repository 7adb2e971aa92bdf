/* Errors of calls, in plain words. */
import {
  FaultClosedError,
  FaultError,
  InvalidEditError,
  NotLoggedInError,
  PendingEditsError,
  StorageError,
  type StorageReason,
} from 'holdfast/backendless'

export function wordsOfError(error: unknown): string {
  if (error instanceof FaultError) return wordsOfFailure(error.failure)
  if (error instanceof InvalidEditError) return `This cannot be saved: ${error.rule}.`
  if (error instanceof PendingEditsError) return `Not all changes could be sent: ${error.count} are still here.`
  if (error instanceof StorageError) {
    const start = error.outcome === 'unknown' ? 'It may not be saved' : 'It is not saved'
    return `${start}: ${byReason[error.reason] ?? error.message}`
  }
  if (error instanceof FaultClosedError) return 'This was settled meanwhile, in another tab.'
  if (error instanceof NotLoggedInError) return 'Nobody is signed in any more. Sign in and try again.'
  return error instanceof Error ? error.message : String(error)
}

const byReason: { readonly [reason in StorageReason]?: string } = {
  full: 'this device is full.',
  blocked: 'the storage does not answer.',
}

interface Failure {
  kind: string
  code?: number | string | undefined
  message: string
}

/** The codes that this app can mend by words of its own. */
const byCode: { readonly [code: string]: string } = {
  3003: 'The e-mail address or the password is wrong.',
  3020: 'There is no account with this e-mail address.',
  3033: 'There is an account with this e-mail address already.',
  3040: 'This is no e-mail address.',
}

/** Why a request did not succeed. */
export function wordsOfFailure({ kind, code, message }: Failure): string {
  const known = code === undefined ? undefined : byCode[code]
  if (known !== undefined) return known
  if (kind === 'unreachable' || kind === 'timeout') return 'There is no connection to the server.'
  if (kind === 'busy') return 'The server is busy. Try again in a minute.'
  if (kind === 'server') return 'The server has trouble. Try again later.'
  return message
}
