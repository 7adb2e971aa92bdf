/* What an app can set when it opens a client: a misspelt choice is refused at once, and by name. */
import { expect, it } from 'vitest'
import { openBackendless } from '../src/backendless/index.js'

const baseUrl = 'http://127.0.0.1:9/app/key'

it.each([
  [{ conflicts: 'Compare' }, `"conflicts" is 'compare' or 'overwrite', not "Compare"`],
  [{ conflicts: null }, `"conflicts" is 'compare' or 'overwrite', not null`],
  [{ durability: 'loose' }, `"durability" is 'strict' or 'relaxed', not "loose"`],
  [{ freshForMs: -1 }, '"freshForMs" is a number of milliseconds from 0 on, not -1'],
  [{ requestTimeoutMs: 0 }, '"requestTimeoutMs" is a number of milliseconds from 1 on, not 0'],
  [{ requestTimeoutMs: '30' }, '"requestTimeoutMs" is a number of milliseconds from 1 on, not "30"'],
  [{ requestTimeoutMs: null }, '"requestTimeoutMs" is a number of milliseconds from 1 on, not null'],
  [{ requestTimeoutMs: Infinity }, '"requestTimeoutMs" is a number of milliseconds from 1 on, not null'],
  [{ freshForMs: NaN }, '"freshForMs" is a number of milliseconds from 0 on, not null'],
])('%o is refused', (option, message) => {
  expect(() => openBackendless({ baseUrl, ...(option as object) })).toThrow(new TypeError(message))
})
