import type { QueuedEdit } from '../../src/model/edit.js'
import type { Patch } from '../../src/model/record.js'

export function makeEdit(id: string, patch: Patch, extras: Partial<QueuedEdit> = {}): QueuedEdit {
  return { id, patch, ancestors: {}, atMs: 0, ...extras }
}

export function ids(edits: readonly QueuedEdit[]): string[] {
  return edits.map(({ id }) => id)
}
