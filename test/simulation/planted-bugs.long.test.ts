// The bugs that only some worlds show.
import { testThatJudgeNotices } from './notice-bugs.js'
import { plantedBugs } from './planted-bugs.js'

testThatJudgeNotices(plantedBugs.filter(({ obvious }) => !obvious))
