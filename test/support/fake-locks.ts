export { VirtualLocks as FakeLocks } from '../../src/testing/virtual-locks.js'
