import { testWorlds } from './run-worlds.js'

testWorlds({ from: 501, seeds: 500 })
