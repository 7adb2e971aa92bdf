// The kinds of simulated worlds. Each has seeds of its own.
import { openBackendless } from '../../src/backendless/index.js'
import { openClient } from '../../src/index.js'
import { restEndpoints } from '../../src/rest/endpoint.js'
import { recordWorld } from './record-workload.js'
import { userWorld } from './user-workload.js'
import type { Scenario, World } from './world.js'

export interface Worlds<Library extends object = object> {
  /** The option of `npm run simulate` for them, with a space in front. */
  option: string
  /** The files below `src` that export the library. */
  entries: readonly string[]
  library: Library
  world(scenario: Scenario, library?: Library): World
}

export const userWorlds: Worlds<{ openBackendless: typeof openBackendless }> = {
  option: '',
  entries: ['backendless/index.ts'],
  library: { openBackendless },
  world: (scenario, { openBackendless: open } = userWorlds.library) => userWorld({ ...scenario, open }),
}

export const recordWorlds: Worlds<{ openClient: typeof openClient; restEndpoints: typeof restEndpoints }> = {
  option: ' --records',
  entries: ['index.ts', 'rest/endpoint.ts'],
  library: { openClient, restEndpoints },
  world: (scenario, { openClient: open, restEndpoints: rest } = recordWorlds.library) =>
    recordWorld({ ...scenario, open, rest }),
}
