// The worlds beyond the sample of `npm test`, in two files that run side by side.
import { testWorlds } from './run-worlds.js'
import { userWorlds } from './worlds.js'

testWorlds(userWorlds, { from: 51, seeds: 50 })
testWorlds(userWorlds, { from: 101, seeds: 400 })
