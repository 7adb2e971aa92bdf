import { seededRandom } from '../support/seeded-random.js'

/** The choices of a simulated world: the same for the same seed. */
export interface Dice {
  /** At least 0, below 1. */
  number(): number
  between(low: number, high: number): number
  integer(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(choices: readonly T[]): T
  /** Picks by weight; a choice of weight 0 is never picked. */
  weighted<T extends string>(weights: { readonly [choice in T]: number }): T
  /** Dice of their own, so that one part's throws do not change another's. */
  fork(): Dice
}

export function createDice(seed: number): Dice {
  const { number } = seededRandom(seed)
  const dice: Dice = {
    number,
    between: (low, high) => low + number() * (high - low),
    integer: (low, high) => low + Math.floor(number() * (high - low + 1)),
    chance: (probability) => number() < probability,
    pick: (choices) => choices[Math.floor(number() * choices.length)]!,
    weighted(weights) {
      const entries = Object.entries(weights) as [never, number][]
      let left = number() * entries.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [choice, weight] of entries) if ((left -= weight) < 0) return choice
      return entries.findLast(([, weight]) => weight > 0)![0]
    },
    fork: () => createDice(Math.floor(number() * 2 ** 32)),
  }
  return dice
}
