export { turns, VirtualClock as FakeClock } from '../../src/testing/virtual-clock.js'
