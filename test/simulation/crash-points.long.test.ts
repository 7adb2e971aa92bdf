import { testCrashPoints } from './crash-points.js'

testCrashPoints({ seed: 12, tabs: 2, actions: 8 })
