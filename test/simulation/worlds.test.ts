// A sample of the worlds of the deterministic simulation. `npm run test:all` has 950 more.
// More still: npm run simulate -- --seeds N --from SEED
import { testWorlds } from './run-worlds.js'
import { userWorlds } from './worlds.js'

testWorlds(userWorlds, { from: 1, seeds: 50 })
