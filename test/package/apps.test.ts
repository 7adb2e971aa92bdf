import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest'
import { startRestServer, type RunningRestServer } from '../../demo/server/rest/start-rest-server.js'
import { CHROMIUM_ARGUMENTS } from '../support/engines/chromium.js'
import { findEngine } from '../support/engines/detect.js'
import { installPackage } from '../support/package/pack.js'
import { appEnvironment, servePage, startAppServer, type ServedApp } from '../support/package/run-app.js'
import { APPS } from '../support/suites/lists.js'

const run = promisify(execFile)
const executablePath = findEngine('chromium')
const packed = inject('packed')

/** Runs a tool of the app's own. */
const tool = (folder: string, script: string, ...options: string[]): Promise<unknown> =>
  run(process.execPath, [`node_modules/${script}`, ...options], { cwd: folder, env: appEnvironment() })

it('the app of Vite lets go of a replaced app as docs/react.md says', () => {
  const recipes = [...readFileSync('docs/react.md', 'utf8').matchAll(/```js\n([^`]*import\.meta\.hot[^`]*)```/g)]
  const lines = recipes.map(([, recipe]) => recipe!.trim().split('\n'))
  expect(lines.map(({ length }) => length)).toEqual([2, 3])
  for (const [index, file] of ['src/Notebook.tsx', 'src/app.ts'].entries()) {
    const app = readFileSync(join(APPS.vite, file), 'utf8')
    expect(lines[index]!.filter((line) => !app.includes(line.replace('openApp()', 'openRest')))).toEqual([])
  }
})

// `npm run test:all` says where Chromium is missing, and counts that as a failure where engines are required.
describe.runIf(executablePath)('the package in a fresh app, in Chromium', () => {
  let browser: Browser
  let server: RunningRestServer
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: [...CHROMIUM_ARGUMENTS] })
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    server = await startRestServer()
    return () => server.stop()
  })

  /** Opens the app, and collects the errors of its page. */
  async function open(app: ServedApp): Promise<{ page: Page; errors: string[] }> {
    onTestFinished(() => app.stop())
    const context = await browser.newContext()
    onTestFinished(() => context.close())
    const page = await context.newPage()
    const errors: string[] = []
    page.on('pageerror', ({ message }) => errors.push(message))
    await page.goto(`${app.url}?api=${encodeURIComponent(server.root)}`)
    return { page, errors }
  }

  /** A note that is typed is shown, saved, sent, and confirmed. */
  async function addNote(page: Page, title: string): Promise<void> {
    await page.getByLabel('Title').fill(title)
    await page.getByRole('button', { name: 'Add' }).click()
    await page.locator('li.confirmed', { hasText: title }).waitFor()
    expect(server.control.all('notes')).toEqual(expect.arrayContaining([expect.objectContaining({ title })]))
  }

  describe('of Vite and React', () => {
    beforeAll(() => installPackage(APPS.vite, packed))

    it('built', { timeout: 300_000 }, async () => {
      await tool(APPS.vite, 'vite/bin/vite.js', 'build', '--logLevel', 'warn')
      const app = await startAppServer(APPS.vite, 'vite/bin/vite.js', (port) => [
        'preview',
        '--host',
        '127.0.0.1',
        '--strictPort',
        '--port',
        `${port}`,
      ])
      const { page, errors } = await open(app)
      await addNote(page, 'Milk')
      expect(errors).toEqual([])
    })

    const develop = (): Promise<ServedApp> =>
      startAppServer(APPS.vite, 'vite/bin/vite.js', (port) => [
        '--host',
        '127.0.0.1',
        '--strictPort',
        '--port',
        `${port}`,
      ])

    /** Replaces a module of the page, which stays the same page. Resolves with the state of each app that was opened. */
    async function replaceModule(page: Page, module: string, from: string, to: string): Promise<string[]> {
      await page.evaluate(() => void Object.assign(globalThis, { isSamePage: true }))
      const file = join(APPS.vite, module)
      const text = readFileSync(file, 'utf8')
      onTestFinished(() => writeFileSync(file, text))
      writeFileSync(file, text.replace(from, to))
      await page.getByRole('heading', { name: 'My notes' }).waitFor()
      const [isSame, fates] = await page.evaluate(async () => {
        const { opened } = globalThis as unknown as { opened: { report(): Promise<unknown> }[] }
        const fateOf = (one: { report(): Promise<unknown> }) =>
          one.report().then(
            () => 'open',
            (error: Error) => error.name,
          )
        return ['isSamePage' in globalThis, await Promise.all(opened.map(fateOf))] as const
      })
      expect(isSame).toBe(true)
      return fates
    }

    it('in development, where a module that is replaced closes its app', { timeout: 300_000 }, async () => {
      const { page, errors } = await open(await develop())
      await addNote(page, 'Milk')
      expect(await replaceModule(page, 'src/app.ts', "'Notes'", "'My notes'")).toEqual(['ClosedError', 'open'])
      await page.locator('li.confirmed', { hasText: 'Milk' }).waitFor()
      await addNote(page, 'Tea')
      expect(errors).toEqual([])
    })

    it('in development, where the module of a component disposes of its app', { timeout: 300_000 }, async () => {
      const app = await develop()
      const { page, errors } = await open({ ...app, url: `${app.url}component.html` })
      await page.getByRole('heading', { name: 'Notes' }).waitFor()
      expect(await replaceModule(page, 'src/Notebook.tsx', '>Notes<', '>My notes<')).toEqual(['ClosedError', 'open'])
      expect(errors).toEqual([])
    })
  })

  describe('of Next, with the app router', () => {
    beforeAll(() => installPackage(APPS.next, packed))

    it.each([
      ['built', 'start'],
      ['in development', 'dev'],
    ])('%s, rendered by its server, and hydrated', { timeout: 600_000 }, async (_, command) => {
      if (command === 'start') await tool(APPS.next, 'next/dist/bin/next', 'build')
      const app = await startAppServer(APPS.next, 'next/dist/bin/next', (port) => [
        command,
        '--hostname',
        '127.0.0.1',
        '--port',
        `${port}`,
      ])
      const { page, errors } = await open(app)
      // The server has a trap for each global of a browser that Holdfast uses.
      expect(await (await fetch(app.url)).text()).toMatch(/data-trap="set".*<h1>Notes<\/h1>.*aria-label="Title"/)
      await addNote(page, 'Milk')
      expect(errors).toEqual([])
    })
  })

  it('of webpack', { timeout: 300_000 }, async () => {
    installPackage(APPS.webpack, packed)
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-webpack-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const webpack = createRequire(resolve(APPS.webpack, 'package.json'))('webpack') as (
      options: object,
      done: (
        error: Error | null,
        stats?: { toJson(kind: string): { errors?: unknown[]; warnings?: unknown[] } },
      ) => void,
    ) => void
    const { errors: failures, warnings } = await new Promise<{ errors?: unknown[]; warnings?: unknown[] }>(
      (built, failed) =>
        webpack(
          {
            context: resolve(APPS.webpack),
            mode: 'production',
            output: { path: folder, filename: 'index.js' },
            performance: false,
          },
          (error, stats) => (error ? failed(error) : built(stats!.toJson('errors-warnings'))),
        ),
    )
    expect({ failures, warnings }).toEqual({ failures: [], warnings: [] })
    const { page, errors } = await open(await servePage(readFileSync(join(folder, 'index.js'), 'utf8')))
    await addNote(page, 'Milk')
    expect(errors).toEqual([])
  })

  describe('that has a Dexie of its own', () => {
    beforeAll(() => installPackage(APPS.ownDexie, packed))

    /** The app's bundle, and the copies of Dexie in it. `own`: the name under which the app's own Dexie is installed. */
    async function bundle(own: string): Promise<{ script: string; copies: string[] }> {
      const { outputFiles, metafile } = await build({
        entryPoints: [join(APPS.ownDexie, 'src/index.js')],
        bundle: true,
        format: 'esm',
        metafile: true,
        outfile: 'unwritten.js',
        write: false,
        plugins: [
          {
            name: 'own-dexie',
            setup: ({ onResolve, resolve: find }) =>
              onResolve({ filter: /^dexie$/ }, ({ importer, resolveDir, kind }) =>
                own === 'dexie' || importer.includes('node_modules') ? undefined : find(own, { resolveDir, kind }),
              ),
          },
        ],
      })
      const copies = Object.keys(metafile.inputs).filter((path) => /dexie[^/]*\/dist\/.*\.m?js$/.test(path))
      return { script: outputFiles[0]!.text, copies }
    }

    it.each([
      ['of the range that Holdfast takes: both use it', '4.2.1', 'dexie', ['dexie/dist/dexie.js']],
      ['3: each has its own', '3.2.7', 'dexie-3', ['dexie-3/dist/modern/dexie.mjs', 'dexie/dist/dexie.js']],
    ])('%s', { timeout: 300_000 }, async (_, version, own, expected) => {
      const { script, copies } = await bundle(own)
      expect(copies.sort()).toEqual(expected.map((path) => join(APPS.ownDexie, 'node_modules', path)))
      const { page, errors } = await open(await servePage(script))
      await page.locator(`body[data-own="${version}: mine"]`).waitFor()
      await addNote(page, 'Milk')
      expect(errors).toEqual([])
    })

    it('4.0, below the range: Dexie ends the start of the page', { timeout: 300_000 }, async () => {
      const { script } = await bundle('dexie-4.0')
      const { errors } = await open(await servePage(script))
      await expect
        .poll(() => errors)
        .toEqual([expect.stringMatching(/^Two different versions of Dexie .*4\.2\.1 and 4\.0\.11/)])
    })
  })
})
