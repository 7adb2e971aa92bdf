// Floor 3: the rows of `meta`, as a transaction has read them.
import { isLike } from '../model/shape.js'
import type { MetaRow } from './connection.js'
import type { StateRow } from './rows.js'
import { stateShape } from './sound.js'

/** The row of this key, as it lay in `meta`. */
export function rowIn<R>(meta: readonly MetaRow[], key: string): R | undefined {
  return meta.find((row) => row.key === key) as R | undefined
}

/** The state, as it lay in `meta`. */
export const stateIn = (meta: readonly MetaRow[]): StateRow => stateOf(rowIn(meta, 'state'))

export const stateOf = (row: MetaRow | undefined): StateRow =>
  isLike(row, stateShape) ? (row as unknown as StateRow) : { key: 'state', version: 0, counts: {} }
