// Each store event of one scenario is the moment of a kill once: before a request, before and after a commit, and before
// its completion is told.
import { expect, test } from 'vitest'
import { openBackendless } from '../../src/backendless/index.js'
import { World, type Scenario } from './world.js'

const scenarios = [
  { seed: 3, tabs: 1, actions: 8 },
  { seed: 12, tabs: 2, actions: 8 },
]

test.each(scenarios)('a kill at any store event loses nothing (seed $seed)', { timeout: 600_000 }, async (scenario) => {
  const run = (crashAt?: number) => {
    const kill: Pick<Scenario, 'crashAt'> = crashAt === undefined ? {} : { crashAt }
    return new World({ ...scenario, ...kill, open: openBackendless }).run()
  }
  const { storeEvents, violations } = await run()
  expect(violations).toEqual([])
  for (let crashAt = 1; crashAt <= storeEvents; crashAt++)
    expect((await run(crashAt)).violations, `killed at store event ${crashAt} of ${storeEvents}`).toEqual([])
})
