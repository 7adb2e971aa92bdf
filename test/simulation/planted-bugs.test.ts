import { expect, test } from 'vitest'
import { readSources } from '../support/architecture.js'
import { testThatJudgeNotices } from './notice-bugs.js'
import { plant } from './plant.js'
import { plantedBugs } from './planted-bugs.js'
import { listBugs, offlineBugs, recordBugs, versionBugs } from './record-bugs.js'
import { recordWorlds, userWorlds } from './worlds.js'

const sources = readSources('src')

test.each([...plantedBugs, ...offlineBugs, ...recordBugs, ...versionBugs, ...listBugs])(
  'there is a place for it: $breaks',
  ({ changes }) => {
    const altered = plant(sources, changes)
    expect(altered.size).toBeGreaterThan(0)
    for (const [path, text] of altered) expect(text).not.toBe(sources.get(path))
  },
)

testThatJudgeNotices(
  userWorlds,
  plantedBugs.filter(({ obvious }) => obvious),
)
testThatJudgeNotices(
  recordWorlds,
  recordBugs.filter(({ obvious }) => obvious),
)
