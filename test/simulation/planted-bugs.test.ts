import { describe, expect, test } from 'vitest'
import { buildVariant } from './build-variant.js'
import { plantedBugs } from './planted-bugs.js'
import { World } from './world.js'

/** How many worlds may pass before a mistake is noticed. */
const mostSeeds = 1_000

describe('the judge', () => {
  test.each(plantedBugs.map((bug, index) => ({ ...bug, index })))(
    'notices when $breaks',
    { timeout: 600_000 },
    async ({ index, breaks, seed: likely, changes }) => {
      const { openBackendless } = await buildVariant(`bug-${index}`, changes)
      for (let seed = 0; seed <= mostSeeds; seed++) {
        const { violations } = await new World({ seed: seed || likely, open: openBackendless }).run()
        if (!violations.length) continue
        if (seed) console.info(`World ${seed} shows now when ${breaks}: with that as its seed this test is quicker`)
        return
      }
      expect.fail(`${mostSeeds} seeds passed although ${breaks}`)
    },
  )
})
