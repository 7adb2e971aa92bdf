import { holdfastAs } from './contenders.js'
import { type Results, valueOf } from './results.js'
import { ENTRIES, type Entry, type Figure } from './aims.js'

/** The most that a figure may be, beside the figure. */
export interface Goal {
  readonly work: string
  readonly text: string
  readonly figure: string
  readonly isMet: boolean
  /** Of a bound: why it is no goal. */
  readonly because?: string
}

/** A goal is where Holdfast intends to be. A bound guards a measured figure, a margin below it, against getting worse. */
export const verdictOf = ({ isMet, because }: Goal): string =>
  because ? (isMet ? 'within the bound' : 'beyond the bound') : isMet ? 'met' : 'missed'

/** The limit's time for a durable edit when the absolute aims were set, in ms: those are scaled by it. */
const firstDurableMs = 1.3

/** The goals and bounds of which everything was measured. */
export function goalsOf(results: Results): Goal[] {
  return [...ENTRIES.flatMap((entry) => judged(entry, results) ?? []), ...besidePeers(results), ...sizes(results)]
}

function judged(entry: Entry, results: Results): Goal | undefined {
  const { work, of, most, because } = entry
  const value = (figure: Figure): number | undefined => valueOf(results, ...figure)
  const mine = value(of)
  if (mine === undefined) return undefined
  const about = { work, ...(because !== undefined && { because }) }
  if ('than' in entry) {
    const theirs = value(entry.than)
    if (!theirs) return undefined
    const times = mine / theirs
    return {
      ...about,
      text: `at most ${short(most)} × ${entry.text}`,
      figure: `${times.toFixed(2)} ×`,
      isMet: times <= most,
    }
  }
  const scale = entry.isScaled ? (value(['edit.durable', 'limit']) ?? NaN) / firstDurableMs : 1
  return Number.isNaN(scale) ? undefined : atMost(about, mine, most * scale, entry.unit)
}

function atMost(about: { work: string; because?: string }, figure: number, most: number, unit: string): Goal {
  return { ...about, text: `at most ${short(most)} ${unit}`, figure: `${short(figure)} ${unit}`, isMet: figure <= most }
}

/** Each peer is held against Holdfast with the durability that the peer has. */
function besidePeers(results: Results): Goal[] {
  const shown = results.contenders.flatMap(({ name, isPeer, durability }) => {
    const [mine, theirs] = [holdfastAs(durability), name].map((one) => valueOf(results, 'edit.seen', one))
    return isPeer && mine !== undefined && theirs !== undefined ? [{ name, mine, theirs }] : []
  })
  const [closest] = shown.sort((one, other) => one.theirs / one.mine - other.theirs / other.mine)
  if (!closest) return []
  const { name, mine, theirs } = closest
  return [
    {
      work: 'edit → seen',
      text: 'faster than every peer, each at its own durability',
      figure: `${mine.toFixed(3)} ms, the closest peer (${name}) ${theirs.toFixed(3)} ms`,
      isMet: mine < theirs,
    },
  ]
}

function sizes({ sizes: { together, rxjs } }: Results): Goal[] {
  return [
    atMost(
      {
        work: 'size of core and backendless',
        because: 'The guarantees need this code: docs/performance.md has it by part.',
      },
      together / 1_000,
      90,
      'kB',
    ),
    atMost({ work: 'the part of rxjs' }, rxjs / 1_000, 4, 'kB'),
  ]
}

const short = (value: number): string => String(Number(value.toPrecision(3)))
