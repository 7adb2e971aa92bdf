import { inject } from 'vitest'
import type { Browser, LaunchOptions } from './browser.js'
import type { Engine } from './detect.js'
import { launchEngine } from './launch-engine.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** The engine that a driven suite runs in; the suites run once for each engine that the machine has. */
    engine: Engine
  }
}

/** Starts the browser that this run of the suite is for, on a profile and a site. */
export function launchBrowser(options: LaunchOptions): Promise<Browser> {
  return launchEngine(inject('engine'), options)
}
