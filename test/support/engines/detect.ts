import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export const ENGINES = ['chromium', 'firefox', 'webkit'] as const
export type Engine = (typeof ENGINES)[number]

/** How a Debian or Ubuntu machine gets each engine. */
export const INSTALL_COMMANDS: Readonly<Record<Engine, string>> = {
  chromium: 'apt-get install -y chromium',
  firefox: 'apt-get install -y firefox-esr',
  webkit: 'apt-get install -y webkit2gtk-driver xvfb',
}

const OVERRIDES: Readonly<Record<Engine, string>> = {
  chromium: 'CHROMIUM_PATH',
  firefox: 'FIREFOX_PATH',
  webkit: 'WEBKIT_PATH',
}

const USUAL_PATHS: Readonly<Record<Engine, () => string[]>> = {
  chromium: () => [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome-stable',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  firefox: () => ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'],
  webkit: () => libraryFolders().map((folder) => join(folder, 'webkit2gtk-4.1', 'MiniBrowser')),
}

/**
 * The executable of an engine on this machine, undefined when there is none. `CHROMIUM_PATH`, `FIREFOX_PATH` and
 * `WEBKIT_PATH` (a MiniBrowser) replace the search; WebKit needs Xvfb as well, since MiniBrowser has no headless mode.
 */
export function findEngine(engine: Engine): string | undefined {
  if (engine === 'webkit' && !onPath('Xvfb')) return undefined
  const override = process.env[OVERRIDES[engine]]
  return (override ? [override] : USUAL_PATHS[engine]()).find(isExecutable)
}

/** As `findEngine`, for those who cannot go on without it. */
export function requireEngine(engine: Engine): string {
  const path = findEngine(engine)
  if (path) return path
  throw new Error(`${engine} was not found: ${INSTALL_COMMANDS[engine]}, or set ${OVERRIDES[engine]}`)
}

function libraryFolders(): string[] {
  if (!existsSync('/usr/lib')) return []
  return ['/usr/lib', ...readdirSync('/usr/lib').map((name) => join('/usr/lib', name))]
}

function onPath(name: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, name)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
