import type { Browser, LaunchOptions } from './browser.js'
import { launchChromium } from './chromium.js'
import type { Engine } from './detect.js'
import { launchFirefox } from './firefox.js'
import { launchWebkit } from './webkit.js'

const LAUNCHERS: Readonly<Record<Engine, (options: LaunchOptions) => Promise<Browser>>> = {
  chromium: launchChromium,
  firefox: launchFirefox,
  webkit: launchWebkit,
}

/** Starts a browser of that engine on a profile and a site. */
export function launchEngine(engine: Engine, options: LaunchOptions): Promise<Browser> {
  return LAUNCHERS[engine](options)
}
