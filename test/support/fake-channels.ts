export { VirtualChannels as FakeChannels } from '../../src/testing/virtual-channels.js'
