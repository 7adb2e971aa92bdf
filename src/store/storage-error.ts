import { HoldfastError, StorageError, type StorageReason } from '../model/errors.js'

/**
 * Names that IndexedDB and Dexie give to their troubles. A full disk can also look like `DataError` in Chromium and
 * `UnknownError` elsewhere; the transaction was aborted all the same.
 */
const reasonByName: { [name: string]: StorageReason } = {
  QuotaExceededError: 'full',
  DataError: 'full',
  VersionError: 'newer-version',
  MissingAPIError: 'unavailable',
  SecurityError: 'unavailable',
  DatabaseClosedError: 'lost',
  InvalidStateError: 'lost',
  OpenFailedError: 'lost',
  UnknownError: 'lost',
  // The library aborts no transaction with this name: the browser did.
  AbortError: 'lost',
}

const adviceByReason: { [reason in StorageReason]?: string } = {
  full: 'this device has no room left for it',
  'newer-version': 'a newer version of this app has changed it: reload',
  unavailable: 'this context does not allow it',
  lost: 'the browser closed the connection to it',
}

type Wrapped = { name?: unknown; inner?: Wrapped; failures?: Wrapped[] } | null | undefined

/** The one place that reads the errors of IndexedDB: by name, through Dexie's wrapping, never by message. */
export function storageErrorOf(error: unknown): unknown {
  if (error instanceof HoldfastError) return error
  // Dexie wraps the browser's own error, which names the reason; several of one call as a list. Taken by shape: the errors of
  // a healed frame are no `Error` of this one.
  let name = ''
  for (let next = error as Wrapped; typeof next === 'object' && next; next = next.inner ?? next.failures?.[0])
    if (typeof next.name === 'string') name = next.name
  const reason = reasonByName[name] ?? 'failed'
  return new StorageError(reason, `Local storage refused: ${adviceByReason[reason] ?? (name || String(error))}`, {
    cause: error,
    // A write that a lost connection aborted may be on disk all the same (R9).
    ...(reason === 'lost' && { outcome: 'unknown' }),
  })
}
