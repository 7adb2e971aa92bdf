import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import type { BrowserProviderOption } from 'vitest/node'
import { holdfastAlias } from './demo/fieldbook/alias.js'
import { CHROMIUM_ARGUMENTS } from './test/support/engines/chromium.js'
import { ENGINES, findEngine, type Engine } from './test/support/engines/detect.js'
import { systemBrowser } from './test/support/engines/provider.js'
import {
  BROWSER_SCOPE,
  HTTP_SUITES,
  KY_2,
  LONG_SUITES,
  MAIN_SCENARIOS,
  NEWEST_NODE_FOLDERS,
  PACKAGE_SUITES,
  SERVER_SUITES,
  type BrowserScope,
} from './test/support/suites/lists.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** The major version of ky that the suites of Node run on. */
    kyMajor: 1 | 2
  }
}

const providers: Record<Engine, (executablePath: string) => BrowserProviderOption> = {
  chromium: (executablePath) => playwright({ launchOptions: { executablePath, args: [...CHROMIUM_ARGUMENTS] } }),
  firefox: systemBrowser,
  webkit: systemBrowser,
}

const inNode = {
  // Only what hangs should end by the clock, also on a loaded machine.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  provide: { kyMajor: 1 as const },
}
// The packages that some suites install for themselves bring tests of their own.
const notInNode = ['test/browser/**', 'test/driven/**', '**/node_modules/**', SERVER_SUITES, PACKAGE_SUITES]

/** The suites that run in Node alone, on any machine. */
const node: TestProjectInlineConfiguration[] = [
  {
    // Of the demo, which imports the library as an app does.
    resolve: { alias: holdfastAlias },
    test: {
      ...inNode,
      name: 'node',
      include: ['test/**/*.test.ts'],
      exclude: [...notInNode, LONG_SUITES],
    },
  },
  {
    test: {
      ...inNode,
      name: 'long',
      include: [LONG_SUITES],
      exclude: notInNode,
    },
  },
  {
    test: {
      name: 'types',
      include: [],
      typecheck: {
        enabled: true,
        only: true,
        include: ['test/types/**/*.test-d.ts'],
        tsconfig: './test/tsconfig.json',
        // `npm run types` reports the sources' errors; here only the type tests count.
        ignoreSourceErrors: true,
      },
    },
  },
]

/** Records on servers that nobody here wrote. */
const onServers: TestProjectInlineConfiguration = {
  test: { ...inNode, name: 'servers', include: [SERVER_SUITES], exclude: ['**/node_modules/**'] },
}

/** The package as `npm pack` makes it. */
const ofPackage: TestProjectInlineConfiguration = {
  test: {
    ...inNode,
    name: 'package',
    include: [PACKAGE_SUITES],
    exclude: ['**/node_modules/**'],
    globalSetup: ['test/support/package/pack.ts'],
    // Suites of one folder of apps install the package into it.
    fileParallelism: false,
  },
}

/** The suites that use HTTP, on ky 2. */
const onKy2: TestProjectInlineConfiguration = {
  resolve: { alias: { ky: resolve(KY_2) } },
  test: {
    ...inNode,
    name: 'ky-2',
    include: [...HTTP_SUITES],
    provide: { kyMajor: 2 },
  },
}

/** A part of the suites of Node, which `test/run-tests.ts` runs on the newest one. */
const onNewestNode: TestProjectInlineConfiguration = {
  test: {
    ...inNode,
    name: 'newest-node',
    include: NEWEST_NODE_FOLDERS.map((folder) => `${folder}/**/*.test.ts`),
    exclude: [...notInNode, LONG_SUITES],
  },
}

const scope = process.env[BROWSER_SCOPE] as BrowserScope
const inScope = (all: string): string[] =>
  scope === 'main' ? MAIN_SCENARIOS.filter((path) => path.startsWith(all.slice(0, all.indexOf('*')))) : [all]
const outOfScope = ['**/node_modules/**', ...(scope === 'other' ? MAIN_SCENARIOS : [])]

/** The suites of one engine: those that run in its pages, and those that drive it from outside. */
function suitesIn(engine: Engine, executablePath: string): TestProjectInlineConfiguration[] {
  return [
    {
      // Found while a page runs, these would make Vite reload it in the middle of a test.
      optimizeDeps: {
        include: ['dexie', 'rxjs', 'ky', 'react', 'react-dom', 'react-dom/client', 'react-dom/server', 'axe-core'],
      },
      test: {
        name: `browser-${engine}`,
        include: inScope('test/browser/**/*.test.{ts,tsx}'),
        exclude: outOfScope,
        globalSetup: ['test/support/server-for-browsers.ts'],
        testTimeout: 60_000,
        hookTimeout: 60_000,
        browser: {
          enabled: true,
          headless: engine === 'chromium',
          ui: false,
          screenshotFailures: false,
          api: { host: '127.0.0.1' },
          provider: providers[engine](executablePath),
          instances: [{ browser: engine }],
        },
      },
    },
    {
      test: {
        name: `driven-${engine}`,
        include: inScope('test/driven/**/*.test.ts'),
        exclude: outOfScope,
        provide: { engine },
        testTimeout: 180_000,
        hookTimeout: 60_000,
        // Each of these suites starts browsers, so one at a time.
        fileParallelism: false,
      },
    },
  ]
}

const found = ENGINES.flatMap((engine) => {
  const executablePath = findEngine(engine)
  return executablePath ? suitesIn(engine, executablePath) : []
})

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
    projects: [...node, onServers, ofPackage, onNewestNode, ...(existsSync(KY_2) ? [onKy2] : []), ...found],
  },
})
