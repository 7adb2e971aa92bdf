import { testCrashPoints } from './crash-points.js'

testCrashPoints({ seed: 3, tabs: 1, actions: 5 })
