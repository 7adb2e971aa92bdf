// Floor 7: chances that are the same in each run.
import type { Random } from '../platform/platform.js'

/** The same numbers and ids for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const number = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const word = () => Math.floor(number() * 2 ** 32)
  const bytes = (size: number) => Uint8Array.from({ length: size }, () => Math.floor(number() * 256))
  return {
    number,
    bytes,
    id: () => [word(), word(), word()].map((part) => part.toString(16).padStart(8, '0')).join(''),
  }
}
