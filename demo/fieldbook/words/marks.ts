/* The mark of one field. */
import { type RowFault, StorageError } from 'holdfast/backendless'
import { titleOf } from './faults.js'
import { wordsOfError } from './errors.js'

export interface Mark {
  state: 'saved' | 'waiting' | 'refused' | 'unsaved'
  word: string
  reason?: string
}

interface Marked {
  state: 'confirmed' | 'pending' | 'refused'
  fault: RowFault | undefined
  error: Error | undefined
}

export function markOf({ state, fault, error }: Marked): Mark {
  if (error) {
    const isKnown = !(error instanceof StorageError && error.outcome === 'unknown')
    return { state: 'unsaved', word: isKnown ? 'Not saved' : 'Perhaps not saved', reason: wordsOfError(error) }
  }
  if (state === 'refused') return { state, word: 'Refused', ...(fault && { reason: `${titleOf(fault)}.` }) }
  return state === 'pending' ? { state: 'waiting', word: 'Waiting' } : { state: 'saved', word: 'Saved' }
}
