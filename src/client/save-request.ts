// Floor 5: an edit on its way from the call to the overlay.
import type { Operation, Properties, RecordKey } from '../model/record.js'
import type { Batch } from './commit-edits.js'
import type { Edit } from './edit.js'

export interface SaveRequest {
  key: RecordKey
  /** The key's `recordName`, from a caller that makes it once for many edits. */
  name: string
  /** Default: `update`. */
  op?: Operation
  /** Of a creation: the app chose the id, or it may have. */
  hasOwnId?: boolean
  /** The account of the edit. Default: the one that is shown when `save` is called. */
  account?: string | undefined
  /** Not trusted, and neither are the options: checked as `update` says. */
  change: unknown
  options?: object | undefined
  /** The fault that the edit answers. */
  retryOf?: { faultId: string; editId: string }
  /** The backend's values that the fault shows, in the backend's ids. */
  told?: Properties
  /** Whether the lane has to be read first, as for a draft. */
  needsView?: boolean
}

/** `shared`: the batch of a `together`. */
export type PlaceEdit = (request: SaveRequest, shared?: Batch) => Promise<Edit | Edit[]>

/** Thrown by an edit whose record has to be read first, where it cannot be placed later. */
export const unread: unique symbol = Symbol('unread')
