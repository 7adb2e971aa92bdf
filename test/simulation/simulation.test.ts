// The deterministic simulation at every commit. More seeds: npm run simulate -- --seeds N --from SEED
import { expect, test } from 'vitest'
import { openBackendless } from '../../src/backendless/index.js'
import { World } from './world.js'

const seeds = 500

/** In pieces, so that a failure names its neighbourhood and none runs long. */
const pieces = 5

test.each(Array.from({ length: pieces }, (_, piece) => 1 + (piece * seeds) / pieces))(
  'holds every promise in the worlds from seed %i on',
  { timeout: 120_000 },
  async (from) => {
    for (let seed = from; seed < from + seeds / pieces; seed++) {
      const { violations } = await new World({ seed, open: openBackendless }).run()
      expect(violations, `replay: npm run simulate -- --seeds 1 --from ${seed} --trace`).toEqual([])
    }
  },
)
