import { testWorlds } from './run-worlds.js'
import { userWorlds } from './worlds.js'

testWorlds(userWorlds, { from: 501, seeds: 500 })
