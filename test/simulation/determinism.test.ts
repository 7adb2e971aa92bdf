import { expect, test } from 'vitest'
import { openBackendless } from '../../src/backendless/index.js'
import { userWorld } from './user-workload.js'

test('a seed gives the same world every time', async () => {
  const run = () => userWorld({ seed: 7, open: openBackendless, traced: true }).run()
  const first = await run()
  expect(first.trace.length).toBeGreaterThan(20)
  expect(await run()).toEqual(first)
})
