// Pure: how a creation is looked for whose record cannot be asked for by an id (R21).
import type { Properties } from '../../model/record.js'

export interface Search {
  /** `edit`: by the endpoint's `find`. `list`: among all records of the collection. */
  by: 'edit' | 'list'
  editId: string
  /** The properties of the creation, in the backend's ids. */
  sent: Properties
  /** For `list`: the time of the first try. A record that was known here before it is another one. */
  firstAtMs?: number | undefined
  /** For `list`: a list that was asked for by then or later shows what the creation has made. */
  afterMs?: number | undefined
  /** For `edit`: as in `FindRequest`. */
  keeps?: string | number | null | undefined
}
