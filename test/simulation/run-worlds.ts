import { expect, test } from 'vitest'
import { openBackendless } from '../../src/backendless/index.js'
import { userWorld } from './user-workload.js'

/** In pieces, so that none runs long. */
const pieceSeeds = 100

/** Tests that every promise holds in the worlds of these seeds. */
export function testWorlds({ from, seeds }: { from: number; seeds: number }): void {
  const starts = Array.from({ length: seeds / pieceSeeds }, (_, piece) => from + piece * pieceSeeds)
  test.each(starts)('every promise holds in the worlds from seed %i on', { timeout: 120_000 }, async (start) => {
    for (let seed = start; seed < start + pieceSeeds; seed++) {
      const { violations } = await userWorld({ seed, open: openBackendless }).run()
      expect(violations, `replay: npm run simulate -- --seeds 1 --from ${seed} --trace`).toEqual([])
    }
  })
}
