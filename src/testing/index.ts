// Floor 7: for the tests of an app on Holdfast. No other entry loads it.
export { lossy, type LossyNet, type LossyParts, type NetTrouble, type TroubleScope } from './lossy.js'
export type { Clock, Connectivity } from '../platform/platform.js'
