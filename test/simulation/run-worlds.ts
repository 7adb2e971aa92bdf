import { expect, test } from 'vitest'
import { replayOf } from './replay.js'
import type { Scenario } from './world.js'
import type { Worlds } from './worlds.js'

/** In pieces, so that none runs long. */
const pieceSeeds = 100

/** Tests that every promise holds in the worlds of these seeds. */
export function testWorlds(
  { world, option }: Worlds,
  { from, seeds, ...scenario }: { from: number; seeds: number } & Omit<Scenario, 'seed'>,
): void {
  const perPiece = Math.min(pieceSeeds, seeds)
  const starts = Array.from({ length: seeds / perPiece }, (_, piece) => from + piece * perPiece)
  test.each(starts)('every promise holds in the worlds from seed %i on', { timeout: 120_000 }, async (start) => {
    for (let seed = start; seed < start + perPiece; seed++) {
      const { violations } = await world({ seed, ...scenario }).run()
      const more = (['offline', 'lists', 'versions'] as const)
        .map((name) => (scenario[name] ? ` --${name}` : ''))
        .join('')
      expect(violations, replayOf(seed, option + more)).toEqual([])
    }
  })
}
