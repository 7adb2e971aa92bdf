/* The apps of docs/offline-page.md that the tools of a framework build. The package is installed in the folder above them. */
import { resolve } from 'node:path'
import { writeApp, type PageApp } from '../page-apps.js'

/** A Next app of the document, beside the packages of the app in `parent`. */
export function writeNextApp(parent: string, apiRoot: string): PageApp {
  const others = {
    'package.json': JSON.stringify({ private: true, type: 'module' }),
    // The packages are in the folder above.
    'next.config.mjs': `const root = ${JSON.stringify(resolve(parent))}
export default { outputFileTracingRoot: root, turbopack: { root } }
`,
    'src/app/layout.jsx': `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>
}
`,
    'src/app/page.jsx': `'use client'
import { HoldfastProvider, useApp } from 'holdfast/react'
import { useEffect } from 'react'
import { openApp } from '../open-app'
import { show } from '../show'

function Name() {
  const app = useApp()
  useEffect(() => app && show(app), [app])
  return <p id="name" />
}

export default function Page() {
  return <HoldfastProvider app={openApp}><Name /></HoldfastProvider>
}
`,
  }
  return writeApp(parent, ['src/service-worker.ts', 'next-worker.mjs', 'src/open-app.ts'], others, apiRoot)
}

/** An app of Angular's command line, of the document, beside the packages of the app in `parent`. */
export function writeAngularApp(parent: string, apiRoot: string): PageApp {
  const options = {
    browser: 'src/main.ts',
    index: 'src/index.html',
    outputHashing: 'all',
    outputPath: 'dist/notes',
    tsConfig: 'tsconfig.json',
  }
  const build = { builder: '@angular/build:application', options }
  const notes = { projectType: 'application', root: '', sourceRoot: 'src', architect: { build } }
  const compilerOptions = {
    allowJs: true,
    experimentalDecorators: true,
    lib: ['ES2022', 'DOM', 'DOM.Iterable'],
    module: 'preserve',
    moduleResolution: 'bundler',
    skipLibCheck: true,
    target: 'ES2022',
    types: [],
  }
  const cli = { analytics: false, cache: { enabled: false } }
  const others = {
    'package.json': JSON.stringify({ private: true, type: 'module' }),
    'angular.json': JSON.stringify({ version: 1, cli, projects: { notes } }),
    'tsconfig.json': JSON.stringify({ compilerOptions, files: ['src/main.ts'] }),
    'src/index.html': `<!doctype html><html lang="en"><head><title>Profile</title><base href="/" />
<link rel="icon" href="data:," /></head><body><app-root></app-root></body></html>`,
    'src/main.ts': `import { Component, provideZonelessChangeDetection } from '@angular/core'
import { bootstrapApplication } from '@angular/platform-browser'
import { app } from './app'
import './register'
import { show } from './show'

@Component({ selector: 'app-root', template: '<p id="name"></p>' })
class Root {}

void bootstrapApplication(Root, { providers: [provideZonelessChangeDetection()] }).then(() => show(app))
`,
  }
  const shown = ['src/app.ts', 'src/service-worker.ts', 'angular-worker.mjs', 'src/register.ts']
  return writeApp(parent, shown, others, apiRoot)
}
