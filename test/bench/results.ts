import type { Behaviour } from './behaviour.js'
import type { Contender } from './contenders.js'
import type { Point } from './curves.js'
import { isFailure, type Measured } from './measure.js'
import { median, type Metric } from './rows.js'
import type { Sizes } from './size.js'

/** A contender's figure in a row, or why it has none. */
export type Cell = { readonly median: number; readonly least: number; readonly most: number } | { readonly why: string }

export interface ResultRow extends Metric {
  /** `<row>.<metric>`. */
  readonly id: string
  /** By the contender's name; who does not take part has none. */
  readonly cells: { readonly [contender: string]: Cell }
}

/** All that a run has measured, as it is kept in JSON. */
export interface Results {
  readonly date: string
  readonly command: string
  readonly machine: string
  readonly versions: { readonly [name: string]: string }
  readonly contenders: readonly Pick<Contender, 'name' | 'durability' | 'isPeer'>[]
  readonly rows: readonly ResultRow[]
  readonly behaviour: { readonly [contender: string]: Behaviour }
  readonly sizes: Sizes
  readonly curves: { readonly [curve: string]: { readonly [contender: string]: readonly Point[] } }
}

export function resultRows({ row, figures }: Measured): ResultRow[] {
  return Object.entries(row.metrics).map(([metric, about]) => {
    const cells: { [contender: string]: Cell } = {}
    for (const [{ name }, list] of figures) {
      if (isFailure(list)) cells[name] = list
      else {
        const values = list.flatMap((one) => one[metric] ?? [])
        if (values.length)
          cells[name] = { median: median(values), least: Math.min(...values), most: Math.max(...values) }
      }
    }
    return { id: `${row.name}.${metric}`, ...about, cells }
  })
}

/** The median of a row's contender, if it was measured. */
export function valueOf({ rows }: Pick<Results, 'rows'>, id: string, contender = 'holdfast'): number | undefined {
  const cell = rows.find((row) => row.id === id)?.cells[contender]
  return cell && 'median' in cell ? cell.median : undefined
}
