/* The apps of docs/offline-page.md that the tools of a framework build, with the package as it is published. */
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { findEngine } from '../support/engines/detect.js'
import { writeAngularApp, writeNextApp } from '../support/package/framework-apps.js'
import { installPackage } from '../support/package/pack.js'
import { startAppServer } from '../support/package/run-app.js'
import { filesShown } from '../support/page-apps.js'
import { serveFiles, testOffline } from '../support/page-offline.js'
import { APPS } from '../support/suites/lists.js'

it.each(['next-worker.mjs', 'angular-worker.mjs'])('%s of docs/offline-page.md has at most eleven lines', (path) => {
  const lines = filesShown().get(path)!.trim().split('\n')
  expect(lines.filter((line) => line !== '').length).toBeLessThanOrEqual(11)
})

// `npm run test:all` says where Chromium is missing, and counts that as a failure where engines are required.
describe.runIf(findEngine('chromium'))('the page offline, in Chromium', { timeout: 300_000 }, () => {
  beforeAll(() => {
    for (const folder of [APPS.next, APPS.angular]) installPackage(folder, inject('packed'))
  }, 300_000)

  describe('of Next, with the app router', () => {
    const next = '../node_modules/next/dist/bin/next'
    testOffline('chromium', {
      write: (apiRoot) => writeNextApp(APPS.next, apiRoot),
      build(app) {
        app.node(next, 'build')
        app.node('next-worker.mjs')
      },
      serve: ({ folder }, port) =>
        startAppServer(
          folder,
          join('..', next),
          (free) => ['start', '--hostname', '127.0.0.1', '--port', `${free}`],
          port,
        ),
    })
  })

  describe('of Angular', () => {
    testOffline('chromium', {
      write: (apiRoot) => writeAngularApp(APPS.angular, apiRoot),
      build(app) {
        app.node('../node_modules/@angular/cli/bin/ng.js', 'build')
        app.node('angular-worker.mjs')
      },
      serve: (app, port) => serveFiles(app, port, 'dist/notes/browser'),
      // Files and a worker, as in the Vite app of test/driven/offline-page.test.ts.
      isBuiltOnce: true,
    })
  })
})
