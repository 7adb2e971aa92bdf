import { expect, test } from 'vitest'
import { buildVariant } from './build-variant.js'
import type { PlantedBug } from './planted-bugs.js'
import { userWorld } from './user-workload.js'

/** How many worlds may pass before a mistake is noticed. */
const mostSeeds = 1_000

/** Tests that the judge notices each of these bugs. */
export function testThatJudgeNotices(bugs: readonly PlantedBug[]): void {
  test.each(bugs.map((bug, index) => ({ ...bug, index })))(
    'the judge notices when $breaks',
    { timeout: 600_000 },
    async ({ index, breaks, changes }) => {
      const { openBackendless } = await buildVariant(`bug-${index}`, changes)
      for (let seed = 1; seed <= mostSeeds; seed++) {
        const { violations } = await userWorld({ seed, open: openBackendless }).run()
        if (violations.length) return
      }
      expect.fail(`${mostSeeds} seeds passed although ${breaks}`)
    },
  )
}
