// The worlds of records beyond the sample of `npm test`.
import { testWorlds } from './run-worlds.js'
import { recordWorlds } from './worlds.js'

testWorlds(recordWorlds, { from: 16, seeds: 25, offline: true })
testWorlds(recordWorlds, { from: 201, seeds: 100 })
testWorlds(recordWorlds, { from: 301, seeds: 100, lists: true })
testWorlds(recordWorlds, { from: 401, seeds: 100, versions: true })
testWorlds(recordWorlds, { from: 501, seeds: 100, lists: true, versions: true })
