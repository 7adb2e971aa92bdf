/* The ends of a torture run's edits, by the server's log of applied updates. Figures count values, but for `saved`. */
import type { AppliedValues } from '../support/effects.js'

/** An edit whose `update()` resolved, and was reported, before the kill. All its properties got the same value. */
export interface SavedEdit {
  readonly id: string
  readonly value: string
  readonly properties: readonly string[]
}

export interface Verdict {
  saved: number
  /** Applied again with nothing between: one effect, as when a browser resends or an answer was lost. */
  repeated: number
  /** Saved edits with a value that was never applied, nor a later one of that property in its place, and with no fault. */
  lost: number
  /** Applied again after another value of that property. */
  doubled: number
  /** First applied after a later value of that property. */
  outOfOrder: number
  /** The first of each kind, in words. */
  examples: string[]
}

export interface Run {
  readonly saved: readonly SavedEdit[]
  readonly log: readonly AppliedValues[]
  /** Edits that a fault, or a discard, accounts for. */
  readonly excused: ReadonlySet<string>
}

/** The value of the `n`th edit of a browser's `life`: no other edit of the run has it, and it tells their order. */
export function valueOf(life: number, n: number): string {
  return `life ${life} edit ${n}`
}

export function judge({ saved, log, excused }: Run): Verdict {
  const verdict: Verdict = { saved: saved.length, repeated: 0, lost: 0, doubled: 0, outOfOrder: 0, examples: [] }
  const applied = new Map<string, string[]>()
  for (const update of log) {
    for (const [property, value] of Object.entries(update.applied)) {
      const values = applied.get(property) ?? []
      applied.set(property, values)
      values.push(String(value))
    }
  }
  const note = (kind: 'lost' | 'doubled' | 'outOfOrder', text: string): void => {
    if (verdict[kind] === 0) verdict.examples.push(`${kind}: ${text}`)
    verdict[kind] += 1
  }

  const latest = new Map<string, number>()
  for (const [property, values] of applied) {
    const seen = new Set<string>()
    let newest = -1
    for (const [index, value] of values.entries()) {
      const where = `${property} = "${value}", after "${values[index - 1]}"`
      if (value === values[index - 1]) verdict.repeated += 1
      else if (seen.has(value)) note('doubled', where)
      else if (orderOf(value) < newest) note('outOfOrder', where)
      seen.add(value)
      newest = Math.max(newest, orderOf(value))
    }
    latest.set(property, newest)
  }
  for (const { id, value, properties } of saved) {
    const missing = properties.filter((property) => (latest.get(property) ?? -1) < orderOf(value))
    // A later value in its place is what the person wanted; no value there at all, or only older ones, is a loss.
    if (missing.length > 0 && !excused.has(id)) note('lost', `${missing.join(', ')} of "${value}"`)
  }
  return verdict
}

/** The place of a value of `valueOf` among all of the run. */
export function orderOf(value: string): number {
  const [, life, n] = /^life (\d+) edit (\d+)$/.exec(value) ?? []
  if (life === undefined || n === undefined) throw new Error(`The log has a value of nobody: ${JSON.stringify(value)}`)
  return Number(life) * 1_000_000 + Number(n)
}
