import { inject } from 'vitest'
import type { Browser, LaunchOptions } from './browser.js'
import { launchChromium } from './chromium.js'
import type { Engine } from './detect.js'
import { launchFirefox } from './firefox.js'
import { launchWebkit } from './webkit.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** The engine that a driven suite runs in; the suites run once for each engine that the machine has. */
    engine: Engine
  }
}

const LAUNCHERS: Readonly<Record<Engine, (options: LaunchOptions) => Promise<Browser>>> = {
  chromium: launchChromium,
  firefox: launchFirefox,
  webkit: launchWebkit,
}

/** Starts the browser that this run of the suite is for, on a profile and a site. */
export function launchBrowser(options: LaunchOptions): Promise<Browser> {
  return LAUNCHERS[inject('engine')](options)
}
