/* Which suites `npm test` runs and which `npm run test:all` adds. `vitest.config.ts` and `test/run-tests.ts` share it. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The suites that `npm test` runs in one browser: an edit's whole way, what is on disk, and several tabs. */
export const MAIN_SCENARIOS: readonly string[] = [
  'test/browser/main-job-in-page.test.ts',
  'test/browser/storage.test.ts',
  'test/browser/tabs-in-page.test.ts',
  'test/driven/main-job-driven.test.ts',
]

/** The suites of Node that take long: `npm test` has a sample of each. */
export const LONG_SUITES = 'test/**/*.long.test.ts'

/** The suites that send and read over HTTP. `npm run test:all` runs them on ky 2 as well. */
export const HTTP_SUITES: readonly string[] = [
  'test/backendless/calls.test.ts',
  'test/backendless/endpoint.test.ts',
  'test/backendless/users.test.ts',
  'test/endpoint/http.test.ts',
  'test/endpoint/ky.test.ts',
  'test/endpoint/proof.test.ts',
  'test/scenario/faults.test.ts',
  'test/scenario/hostile-answers.test.ts',
  'test/scenario/hostile-wire.test.ts',
  'test/scenario/network-faults.test.ts',
]

/** The folders whose suites `npm run test:all` runs on the newest Node as well: all of `src` by itself, in seconds a suite. */
export const NEWEST_NODE_FOLDERS: readonly string[] =
  'backendless client endpoint live model platform rest session store sync'.split(' ').map((name) => `test/${name}`)

/** Where ky 2 is, once `npm run test:all` has installed it. The project itself is locked to ky 1. */
export const KY_2 = 'test/ky-2/node_modules/ky'

/** The suites that run records on servers that nobody here wrote. `npm run test:all` runs them. */
export const SERVER_SUITES = 'test/servers/**/*.test.ts'

/** Where json-server is, once `npm run test:all` has installed it. */
export const JSON_SERVER = 'test/servers/json-server/node_modules/json-server'

/** The suites of the package as it is published. `npm run test:all` builds and packs it, and runs them. */
export const PACKAGE_SUITES = 'test/package/**/*.test.ts'

/** An app that uses every entry of the package, and the versions of TypeScript that its types are checked with. */
export const TYPESCRIPT_APP = 'test/apps/typescript'

/** Apps that the package is installed into, as `npm pack` makes it. */
export const APPS = {
  angular: 'test/apps/angular',
  frameworks: 'test/apps/frameworks',
  next: 'test/apps/next',
  ownDexie: 'test/apps/own-dexie',
  vite: 'test/apps/vite',
  webpack: 'test/apps/webpack',
} as const

/** Which suites of an engine run: the main scenarios, the others, or, undefined, all of them. */
export type BrowserScope = 'main' | 'other' | undefined

/** The variable that tells Vitest's configuration the scope. */
export const BROWSER_SCOPE = 'BROWSER_SUITES'

/** The paths of the suites below a folder, in order. */
export function suitesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => /\.(test\.tsx?|test-d\.ts)$/.test(path) && !path.includes('node_modules'))
    .sort()
}
