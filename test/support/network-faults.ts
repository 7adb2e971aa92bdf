/* Every fault of a network, and the places of a queue at which it can strike: for Node's sockets and for each engine's. */
import type { Trouble } from './proxy.js'

/** `dripMs`: more for each byte than a request has time for. */
export const networkFaults = (dripMs: number): readonly [string, Trouble][] => [
  ['a refused connection', { do: 'refuse' }],
  ['a cut before the body', { do: 'cut-before-body' }],
  ['a cut after the request', { do: 'cut-after-request' }],
  ['a cut in the headers', { do: 'cut-in-headers' }],
  ['a cut in the body', { do: 'cut-in-body' }],
  ['a black hole', { do: 'black-hole' }],
  ['a black hole behind the server', { do: 'black-hole', applied: true }],
  ['an answer that drips in time', { do: 'drip', byteMs: 0 }],
  ['an answer that drips for ever', { do: 'drip', byteMs: dripMs }],
  ['a request that arrives twice', { do: 'duplicate' }],
  ['a portal', { do: 'portal' }],
]

export const places = ['first', 'middle', 'last'] as const

/** The values of the record in the end, by the edits of such a queue. */
export const effectsOfQueue = { name: ['value 0', 'value 1', 'value 2'], own0: [0], own1: [1], own2: [2] }
