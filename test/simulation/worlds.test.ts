// The deterministic simulation at every commit: 1,000 seeds, in two files that run side by side.
// More: npm run simulate -- --seeds N --from SEED
import { testWorlds } from './run-worlds.js'

testWorlds({ from: 1, seeds: 500 })
