import { expect, inject, test } from 'vitest'
import { runRecordTorture } from '../torture/run-record-torture.js'

test('six kills while records are made, changed and deleted: none lost, none doubled, none raised from the dead', async () => {
  const told: string[] = []
  const torture = await runRecordTorture({
    engine: inject('engine'),
    kills: 6,
    seed: 1,
    tell: (line) => told.push(line),
  })

  expect(torture, JSON.stringify({ torture, told })).toMatchObject({
    kills: 6,
    lost: 0,
    doubled: 0,
    outOfOrder: 0,
    raised: 0,
    examples: [],
    failures: [],
  })
  expect(torture.created).toBeGreaterThan(20)
  expect(torture.deleted).toBeGreaterThan(0)
}, 300_000)
