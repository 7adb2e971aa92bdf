/* Refusals, in plain words: the title of each card of the inbox, and the advice under it. */
import type { RowFault } from 'holdfast/backendless'
import { namesOf, recordNameOf } from './names.js'

/** The kind of each fault, and what a person can do about it. */
const advice: { readonly [kind in RowFault['kind']]: string } = {
  conflict: 'Choose which one counts.',
  validation: 'Change the value, or drop it.',
  forbidden: 'Ask the office for the right, or drop the change.',
  gone: 'Your text is kept here until you drop it.',
  other: 'You can try once more.',
  stalled: 'Your change still waits. The server neither takes nor refuses it.',
  dependency: 'Settle that first: then this follows by itself.',
  unknown: 'The connection broke at the wrong moment. Look whether it is there before you send it again.',
}

export function titleOf(fault: RowFault): string {
  const { kind, reason, op = 'update', collection, offending, properties } = fault
  const record = recordNameOf(collection)
  const what = namesOf(offending.length > 0 ? offending : properties)
  if (kind === 'dependency') return `The ${parentOf(collection)} it belongs to was refused`
  if (kind === 'unknown') return `Nobody knows whether your new ${record} was made`
  if (kind === 'gone') return collection === 'users' ? 'Your account was removed' : `Somebody deleted this ${record}`
  if (op === 'delete') return `The ${record} could not be deleted`
  if (kind === 'stalled') return `The server gives no answer about ${what}`
  if (kind === 'conflict' && reason === 'taken') return takenTitle(what, record)
  if (kind === 'conflict') return `Somebody else changed ${what}`
  if (kind === 'forbidden') return `You may not ${op === 'create' ? `make a ${record}` : `change ${what}`}`
  if (kind === 'validation') return `The server does not accept ${what}`
  return `The server could not save ${what}`
}

export function adviceFor({ kind, reason, op, collection }: RowFault): string {
  const words = kind === 'conflict' && reason === 'taken' ? 'Choose another one, or drop it.' : advice[kind]
  return op === 'create' && collection === 'Job' ? `${words} If you drop the job, its notes go with it.` : words
}

/** The price of dropping it. */
export function wordsOfDrop({ op, collection }: Pick<RowFault, 'op' | 'collection'>): string {
  if (op === 'delete') return `The ${recordNameOf(collection)} stays, here and on the server.`
  if (op === 'create')
    return `The new ${recordNameOf(collection)} is deleted from this device, with all that belongs to it.`
  return 'Your text is deleted from this device. The value of the server is shown again.'
}

/** Whether two people wrote the same thing: then there is a choice between two values. */
export function isContest({ kind, reason }: RowFault): boolean {
  return kind === 'conflict' && reason !== 'taken'
}

function takenTitle(what: string, record: string): string {
  const [name] = what.split(',')
  return what.includes(' and ') || what === ''
    ? `There is such a ${record} already`
    : `${capital(name!.replace(/^the /, 'this '))} is taken`
}

function parentOf(collection: string): string {
  return collection === 'Note' ? 'job' : 'record'
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
