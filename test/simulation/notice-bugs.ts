import { expect, test } from 'vitest'
import { buildVariant } from './build-variant.js'
import type { PlantedBug } from './planted-bugs.js'
import type { Scenario } from './world.js'
import type { Worlds } from './worlds.js'

/** How many worlds may pass before a mistake is noticed. */
const mostSeeds = 1_000

/** Tests that the judge notices each of these bugs. */
export function testThatJudgeNotices<Library extends object>(
  { entries, option, world }: Worlds<Library>,
  bugs: readonly PlantedBug[],
  scenario: Omit<Scenario, 'seed'> = {},
): void {
  test.each(bugs.map((bug, index) => ({ ...bug, index })))(
    'the judge notices when $breaks',
    { timeout: 600_000 },
    async ({ index, breaks, changes }) => {
      const name = `bug${option.trim()}-${index}`
      const library = await buildVariant<Library>(name, entries, changes)
      for (let seed = 1; seed <= mostSeeds; seed++) {
        const { violations } = await world({ seed, ...scenario }, library).run()
        if (violations.length) return
      }
      expect.fail(`${mostSeeds} seeds passed although ${breaks}`)
    },
  )
}
