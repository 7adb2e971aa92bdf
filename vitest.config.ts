import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import type { BrowserProviderOption } from 'vitest/node'
import { CHROMIUM_ARGUMENTS } from './test/support/engines/chromium.js'
import { ENGINES, findEngine, type Engine } from './test/support/engines/detect.js'
import { systemBrowser } from './test/support/engines/provider.js'

const providers: Record<Engine, (executablePath: string) => BrowserProviderOption> = {
  chromium: (executablePath) => playwright({ launchOptions: { executablePath, args: [...CHROMIUM_ARGUMENTS] } }),
  firefox: systemBrowser,
  webkit: systemBrowser,
}

/** The suites that run in Node alone, on any machine. */
const node: TestProjectInlineConfiguration[] = [
  {
    test: {
      name: 'node',
      // Only what hangs should end by the clock, also on a loaded machine.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      include: ['test/**/*.test.ts'],
      // The packages that the benchmark compares with bring tests of their own.
      exclude: ['test/browser/**', 'test/driven/**', '**/node_modules/**'],
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

/** The suites of one engine: those that run in its pages, and those that drive it from outside. */
function suitesIn(engine: Engine, executablePath: string): TestProjectInlineConfiguration[] {
  return [
    {
      // Found while a page runs, these would make Vite reload it in the middle of a test.
      optimizeDeps: { include: ['dexie', 'rxjs', 'ky'] },
      test: {
        name: `browser-${engine}`,
        include: ['test/browser/**/*.test.{ts,tsx}'],
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
        include: ['test/driven/**/*.test.ts'],
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
    projects: [...node, ...found],
  },
})
