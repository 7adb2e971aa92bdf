import { expect, test } from 'vitest'
import { openBackendless } from '../../src/backendless/index.js'
import { userWorld } from './user-workload.js'
import type { Scenario } from './world.js'

/** Each store event of the scenario is the moment of a kill once: before a request, before and after a commit, and before its completion is told. */
export function testCrashPoints(scenario: Required<Pick<Scenario, 'seed' | 'tabs' | 'actions'>>): void {
  test(`a kill at any store event loses nothing (seed ${scenario.seed})`, { timeout: 600_000 }, async () => {
    const run = (crashAt?: number) => {
      const kill: Pick<Scenario, 'crashAt'> = crashAt === undefined ? {} : { crashAt }
      return userWorld({ ...scenario, ...kill, open: openBackendless }).run()
    }
    const { storeEvents, violations } = await run()
    expect(violations).toEqual([])
    for (let crashAt = 1; crashAt <= storeEvents; crashAt++)
      expect((await run(crashAt)).violations, `killed at store event ${crashAt} of ${storeEvents}`).toEqual([])
  })
}
