// A sample of the worlds in which people create, change and delete records; here none of it can be sent.
import { testThatJudgeNotices } from './notice-bugs.js'
import { offlineBugs } from './record-bugs.js'
import { testWorlds } from './run-worlds.js'
import { recordWorlds } from './worlds.js'

testWorlds(recordWorlds, { from: 1, seeds: 40, offline: true })
testThatJudgeNotices(recordWorlds, offlineBugs, { offline: true })

// A record that the server had named was read under its id on the device, and counted as deleted.
testWorlds(recordWorlds, { from: 39, seeds: 1 })
