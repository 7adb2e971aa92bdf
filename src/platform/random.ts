import type { Random } from './platform.js'

/** 96 bits: two of a billion ids are the same with a chance of one in 10^11. */
const idBytes = 12

/** Ids from the secure generator, in hexadecimal; numbers, which only spread waits out, from the plain one. */
export const browserRandom: Random = {
  number: () => Math.random(),
  id: () =>
    Array.from(crypto.getRandomValues(new Uint8Array(idBytes)), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  bytes: (size) => crypto.getRandomValues(new Uint8Array(size)),
}
