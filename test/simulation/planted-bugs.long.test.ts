// The bugs that only some worlds show.
import { testThatJudgeNotices } from './notice-bugs.js'
import { plantedBugs } from './planted-bugs.js'
import { listBugs, recordBugs, versionBugs } from './record-bugs.js'
import { recordWorlds, userWorlds } from './worlds.js'

testThatJudgeNotices(
  userWorlds,
  plantedBugs.filter(({ obvious }) => !obvious),
)
testThatJudgeNotices(
  recordWorlds,
  recordBugs.filter(({ obvious }) => !obvious),
)
testThatJudgeNotices(recordWorlds, listBugs, { lists: true })
testThatJudgeNotices(recordWorlds, versionBugs, { versions: true })
