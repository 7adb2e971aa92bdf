// Seeds beyond those of every commit that have shown a mistake of the library, which is mended since.
import { expect, test } from 'vitest'
import { openBackendless } from '../../src/backendless/index.js'
import { userWorld } from './user-workload.js'

test.each([
  ['an applied edit was called a conflict, for want of a description that a dead network had not given', 4_100_708],
  ['an edit kept the ancestor of one before it, made on an old view, that could then not be saved', 4_587_456],
  ['a tab died right after its commit, and no other tab heard of the edit', 13_890],
])('%s (seed %i)', { timeout: 60_000 }, async (_, seed) => {
  const { violations } = await userWorld({ seed, open: openBackendless }).run()
  expect(violations, `replay: npm run simulate -- --seeds 1 --from ${seed} --trace`).toEqual([])
})
