import { expect, inject, test } from 'vitest'
import { runTorture } from '../torture/run-torture.js'

test('ten kills while edits stream in and the queue drains: none lost, none doubled, all in order', async () => {
  const told: string[] = []
  const torture = await runTorture({
    engine: inject('engine'),
    kills: 10,
    seed: 1,
    tell: (line) => told.push(line),
  })

  expect(torture, JSON.stringify({ torture, told })).toMatchObject({
    kills: 10,
    lost: 0,
    doubled: 0,
    outOfOrder: 0,
    examples: [],
    failures: [],
  })
  expect(torture.saved).toBeGreaterThan(100)
}, 240_000)
