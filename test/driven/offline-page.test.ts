/* The apps of docs/offline-page.md that need no framework, built from its code. */
import { describe, inject } from 'vitest'
import { writeViteApp } from '../support/page-apps.js'
import { serveFiles, testOffline, type PageKind } from '../support/page-offline.js'

const engine = inject('engine')

const KINDS: { readonly [kind: string]: PageKind } = {
  Vite: {
    write: (apiRoot) => writeViteApp(['vite.config.ts', 'src/service-worker.ts'], apiRoot),
    build: (app) => app.run('vite', 'build'),
    serve: serveFiles,
  },
  'by hand': {
    write: (apiRoot) => writeViteApp(['build-worker.mjs', 'src/worker-by-hand.js', 'src/register.ts'], apiRoot),
    build(app) {
      app.run('vite', 'build', '--manifest')
      app.run('tsx', 'build-worker.mjs')
    },
    serve: serveFiles,
  },
}

// WebKit's way in is a script of the site, which is stopped here.
describe.runIf(engine !== 'webkit').each(Object.entries(KINDS))('%s', (_, kind) => testOffline(engine, kind))
