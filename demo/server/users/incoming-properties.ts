import { Fault } from '../faults.js'
import type { Json, Properties } from '../json.js'
import {
  completeColumn,
  isColumnName,
  isHeldColumn,
  mostColumns,
  isSecret,
  type Columns,
  type HeldColumn,
} from '../store/columns.js'
import { dynamicType } from './column-value.js'

/** Properties that SDKs send back with a whole object, and that the server does not apply. */
const ignored: ReadonlySet<string> = new Set(['___class', '___jsonclass', '__meta', 'user-token'])

export interface Incoming {
  /** The app's columns with the sent values, the users' `password` left out. */
  readonly known: [HeldColumn, Json][]
  /** Columns that the request makes. */
  readonly added: HeldColumn[]
}

/**
 * Sorts the properties of a request: system columns are set aside; unknown properties become columns, are dropped, or are
 * refused with `refusal`. `general` is the code for a property that fits nowhere: its name cannot be a column's, or there are
 * too many columns.
 */
export function incomingProperties(
  sent: Properties,
  columns: Columns,
  rules: { dynamicSchema: 'on' | 'drop' | 'reject'; refusal: number; general: number },
): Incoming {
  const incoming: Incoming = { known: [], added: [] }
  const room = mostColumns - columns.system.size - columns.custom().length
  for (const [name, value] of sent) {
    if (ignored.has(name) || columns.system.has(name) || isSecret(columns, name)) continue
    const column = columns.byName(name)
    if (column && isHeldColumn(column)) {
      incoming.known.push([column, value])
      continue
    }
    if (column) {
      if (value === null) continue
      throw new Fault(rules.general, `"${name}" is a ${column.type}: this server does not hold relations`)
    }
    if (rules.dynamicSchema === 'drop') continue
    if (rules.dynamicSchema === 'reject') {
      throw new Fault(rules.refusal, `Dynamic property definition is disabled: there is no property "${name}"`)
    }
    if (!isColumnName(name)) {
      throw new Fault(rules.general, `"${name.slice(0, 80)}" cannot be the name of a property`)
    }
    // A null says nothing of a type, and there is nothing to clear: no column is made for it.
    if (value === null) continue
    if (incoming.added.length >= room) {
      throw new Fault(rules.general, `There is no room for "${name}": a table has at most ${mostColumns} columns`)
    }
    const added = { ...completeColumn({ name }), type: dynamicType(value) }
    incoming.added.push(added)
    incoming.known.push([added, value])
  }
  return incoming
}
