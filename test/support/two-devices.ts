/*
 * Two devices of one account write against each other, in orders that a seed draws. A model of the three-way comparison,
 * which knows nothing of the library, has the outcome.
 */
import { seededRandom } from './seeded-random.js'

export const deviceNames = ['a', 'b'] as const
export type DeviceName = (typeof deviceNames)[number]
export const properties = ['name', 'city', 'phone'] as const

export type Values = { readonly [property: string]: string | null }

/** The events between two moments at which both devices and the server agree. */
export interface Round {
  readonly offline: readonly DeviceName[]
  /** Whose edits are made first. */
  readonly order: readonly DeviceName[]
  readonly edits: { readonly [device in DeviceName]: readonly Values[] }
  /** Who is back first; `undefined`: both at once. */
  readonly back: DeviceName | undefined
  readonly answer: 'amend' | 'retry' | 'discard'
}

/** Every order of being offline, of coming back and of answering, once each, shuffled; what is written is drawn as well. */
export function roundsOf(seed: number): Round[] {
  const { number } = seededRandom(seed)
  const below = (limit: number): number => Math.floor(number() * limit)
  const one = <T>(list: readonly T[]): T => list[below(list.length)]!
  let written = 0
  const editsOf = (device: DeviceName, favourite: string): Values[] =>
    Array.from({ length: 1 + below(3) }, () => {
      const names = new Set([
        number() < 0.7 ? favourite : one(properties),
        ...(number() < 0.3 ? [one(properties)] : []),
      ])
      // A value is written once: an equal one would be no conflict.
      return Object.fromEntries([...names].map((name) => [name, number() < 0.1 ? null : `${device}${++written}`]))
    })
  const rounds = [[], ['a'], ['b'], ['a', 'b']].flatMap((offline) =>
    [...deviceNames, undefined].flatMap((back) =>
      (['amend', 'retry', 'discard'] as const).map((answer): Round => {
        const favourite = one(properties)
        const order = number() < 0.5 ? (['a', 'b'] as const) : (['b', 'a'] as const)
        const edits = { a: editsOf('a', favourite), b: editsOf('b', favourite) }
        return { offline: offline as DeviceName[], order, edits, back, answer }
      }),
    ),
  )
  for (let last = rounds.length - 1; last > 0; last--) {
    const other = below(last + 1)
    ;[rounds[last], rounds[other]] = [rounds[other]!, rounds[last]!]
  }
  return rounds
}

/** The properties that both sides changed: the value before, and the backend's value. */
export type Contested = { readonly [property: string]: { base: string | null; theirs: string | null } }

/** The outcome that a drain has to come to. */
export interface Expected {
  /** By edit, in the order they were made. */
  readonly outcomes: ('accepted' | 'rejected')[]
  /** One a fault, in the order they come. */
  readonly faults: Contested[]
}

export interface ComparedEdit {
  readonly patch: Values
  readonly ancestors: ReadonlyMap<string, string | null>
}

/** The values of a record as somebody has them. */
type Known = ReadonlyMap<string, string | null>

/** An edit that was made on `base`, behind those of `lane`. */
export function editOn(base: Known, lane: readonly ComparedEdit[], patch: Values): ComparedEdit {
  const ancestors = new Map<string, string | null>()
  for (const name of Object.keys(patch)) {
    const earlier = lane.find(({ patch: other }) => Object.hasOwn(other, name))
    ancestors.set(name, earlier ? earlier.ancestors.get(name)! : base.get(name)!)
  }
  return { patch, ancestors }
}

/** The edits of a record that are left, and the faults of the others, when the backend has `server` and nobody else writes. */
export function compareLane<E extends ComparedEdit>(
  lane: readonly E[],
  server: Known,
): { left: readonly E[]; faults: Contested[] } {
  const faults: Contested[] = []
  let left = lane
  // Without what is refused, an older value may be the one that counts.
  for (;;) {
    const contested = contestedIn(left, server)
    const names = Object.keys(contested)
    if (!names.length) return { left, faults }
    faults.push(contested)
    left = left.filter(({ patch }) => !names.some((name) => Object.hasOwn(patch, name)))
  }
}

function contestedIn(lane: readonly ComparedEdit[], server: Known): Contested {
  const contested: { [property: string]: Contested[string] } = {}
  for (const [name, mine] of Object.entries(composed(lane))) {
    const base = lane.find(({ ancestors }) => ancestors.has(name))!.ancestors.get(name)!
    const theirs = server.get(name)!
    if (theirs !== base && theirs !== mine) contested[name] = { base, theirs }
  }
  return contested
}

export function composed(lane: readonly Pick<ComparedEdit, 'patch'>[]): Values {
  return Object.assign({}, ...lane.map(({ patch }) => patch)) as Values
}

/** Server and devices as they have to be while one thing happens after the other. */
export class Model {
  readonly server = new Map<string, string | null>()
  readonly #base = { a: new Map<string, string | null>(), b: new Map<string, string | null>() }
  readonly #lane: { [device in DeviceName]: ComparedEdit[] } = { a: [], b: [] }

  /** Both have read what the server has. */
  agree(server: Values): void {
    for (const name of properties) this.server.set(name, server[name] ?? null)
    for (const device of deviceNames) this.#read(device)
  }

  edit(device: DeviceName, patch: Values): void {
    this.#lane[device].push(editOn(this.#base[device], this.#lane[device], patch))
  }

  /** The device sends all it has, and nobody else does anything. `resolve`: its app answers conflicts. */
  drain(device: DeviceName, resolve?: (mine: string | null, theirs: string | null) => string): Expected {
    const lane = this.#lane[device].splice(0)
    const contested = resolve ? contestedIn(lane, this.server) : {}
    const { left, faults } = resolve ? { left: lane, faults: [] } : compareLane(lane, this.server)
    for (const [name, value] of Object.entries(composed(left))) {
      const theirs = contested[name]?.theirs
      this.server.set(name, resolve && theirs !== undefined ? resolve(value, theirs) : value)
    }
    if (lane.length) this.#read(device)
    return { outcomes: lane.map((edit) => (left.includes(edit) ? 'accepted' : 'rejected')), faults }
  }

  #read(device: DeviceName): void {
    for (const [name, value] of this.server) this.#base[device].set(name, value)
  }
}
