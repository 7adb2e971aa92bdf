import type { Behaviour } from './behaviour.js'
import type { Contender } from './contenders.js'
import type { Point } from './curves.js'
import type { Tries } from './measure.js'
import { median, type Metric } from './rows.js'
import type { Sizes } from './size.js'

/** Counted up whenever the file's content changes its meaning. */
const SHAPE = 2

/** A contender's figure in a row, or why it has none. */
export type Cell =
  | {
      readonly median: number
      readonly least: number
      readonly most: number
      readonly repetitions: number
      /** Why a later repetition failed. */
      readonly failed?: string
    }
  | { readonly why: string }

export interface ResultRow extends Metric {
  /** `<row>.<metric>`. */
  readonly id: string
  /** By the contender's name; who does not take part has none. */
  readonly cells: { readonly [contender: string]: Cell }
}

export interface MeasuredContender extends Pick<Contender, 'name' | 'durability' | 'isPeer'> {
  /** Measured as often as there was time for. */
  readonly isOurs: boolean
}

/** All that a run has measured, as it is kept in JSON. */
export interface Results {
  readonly shape: typeof SHAPE
  readonly date: string
  readonly command: string
  readonly minutes: number
  readonly machine: string
  readonly versions: { readonly [name: string]: string }
  readonly contenders: readonly MeasuredContender[]
  readonly rows: readonly ResultRow[]
  readonly behaviour: { readonly [contender: string]: Behaviour }
  readonly sizes: Sizes
  readonly curves: { readonly [curve: string]: { readonly [contender: string]: readonly Point[] } }
}

export const asResults = (measured: Omit<Results, 'shape'>): Results => ({ shape: SHAPE, ...measured })

/** Throws for a file that another version of the benchmark has written: its figures mean something else. */
export function readResults(json: string): Results {
  const read = JSON.parse(json) as { readonly shape?: number }
  const { shape = 1 } = read
  if (shape !== SHAPE) throw new Error(`these results have shape ${shape}, not ${SHAPE}: measure anew`)
  return read as Results
}

/** The rows of what was tried, in that order. */
export function resultRows(all: readonly Tries[]): ResultRow[] {
  return [...new Set(all.map(({ row }) => row))].flatMap((row) => {
    const ofRow = all.filter((tries) => tries.row === row)
    return Object.entries(row.metrics).map(([metric, about]) => {
      const cells: { [contender: string]: Cell } = {}
      for (const tries of ofRow) {
        const cell = cellOf(tries, metric)
        if (cell) cells[tries.contender.name] = cell
      }
      return { id: `${row.name}.${metric}`, ...about, cells }
    })
  })
}

function cellOf({ figures, why }: Tries, metric: string): Cell | undefined {
  if (!figures.length) return why === undefined ? undefined : { why }
  const values = figures.flatMap((one) => one[metric] ?? [])
  if (!values.length) return undefined
  return {
    median: median(values),
    least: Math.min(...values),
    most: Math.max(...values),
    repetitions: values.length,
    ...(why !== undefined && { failed: why }),
  }
}

/** The median of a row's contender, if it was measured. */
export function valueOf({ rows }: Pick<Results, 'rows'>, id: string, contender = 'holdfast'): number | undefined {
  const cell = rows.find((row) => row.id === id)?.cells[contender]
  return cell && 'median' in cell ? cell.median : undefined
}
