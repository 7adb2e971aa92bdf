// Floor 7: for the tests of an app on Holdfast. No other entry loads it.
export { noRefusedShown, nothingDoubled, nothingLost } from './assertions.js'
export { fakeDevice, type FakeDevice, type FakeDeviceOptions } from './device.js'
export { fakeBackend, type FakeBackend, type FakeBackendOptions } from './fake-backend.js'
export { lossy, type LossyNet, type LossyParts, type NetTrouble, type TroubleScope } from './lossy.js'
export type { AppToTest } from './app.js'
export type { BackendWrite, RefusalScope, ScriptedRefusal } from './records.js'
export type { KillStep, TestTab } from './tab.js'
export type { Clock, Connectivity, Platform } from '../platform/platform.js'
