// The marks at which reads begin: each has to fit the rows that one transaction has left, or something that is there is not seen.
import type { Version } from './storage/rows.js'

interface Front {
  seq: number
  collection: string
  id: string
  label: string
  atMs: number
}

interface Run extends Front {
  account: string
  edits: string
}

interface State {
  lastFate?: number
  counts: { [account: string]: { pending: number; front?: Front } }
}

/** The defects of the marks; by the shape of the rows alone. */
export function wrongMarks(stores: Version['stores']): string[] {
  const valuesOf = (store: string): unknown[] => (stores.get(store)?.entries ?? []).map(({ value }) => value)
  const state = valuesOf('meta').find((row) => (row as { key: string }).key === 'state') as State | undefined
  if (!state) return []
  const lastFate = (valuesOf('fates').at(-1) as { n: number } | undefined)?.n ?? 0
  const wrong = lastFate > (state.lastFate ?? -1) ? [`the last fate is ${lastFate} and not ${state.lastFate}`] : []
  const runs = valuesOf('edits') as Run[]
  for (const account of new Set([...runs.map((run) => run.account), ...Object.keys(state.counts)])) {
    const own = runs.filter((run) => run.account === account)
    const { pending = 0, front } = state.counts[account] ?? {}
    const count = own.reduce((sum, { edits }) => sum + (JSON.parse(edits) as unknown[]).length, 0)
    if (pending !== count) wrong.push(`${account} has ${count} edits pending, and counts ${pending}`)
    if (!front !== !own.length || (front && !fits(front, own)))
      wrong.push(`the front of ${account}, with ${own.length} runs, is ${JSON.stringify(front)}`)
  }
  return wrong
}

function fits(front: Front, runs: readonly Run[]): boolean {
  const place = ({ collection, id }: Front): string[] => [collection, id]
  const isBehind = (run: Run): boolean => {
    const [collection, id] = place(run)
    const isLower = collection! < front.collection || (collection === front.collection && id! < front.id)
    return !isLower && run.seq >= front.seq && run.label >= front.label
  }
  return runs.every(isBehind) && runs.some(({ label, atMs }) => label === front.label && atMs === front.atMs)
}
