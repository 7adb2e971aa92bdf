import { fileURLToPath } from 'node:url'
import { installLocked } from '../support/suites/install-locked.js'

/** Installs the peers beside the benchmark, never with the library. */
export function installPeers(): void {
  installLocked(fileURLToPath(new URL('.', import.meta.url)), 'the libraries of the comparison')
}
