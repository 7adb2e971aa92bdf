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
  const [, recipe] = /```js\n(import\.meta\.hot[^`]*)```/.exec(readFileSync('docs/react.md', 'utf8'))!
  const app = readFileSync(join(APPS.vite, 'src/app.ts'), 'utf8')
  const lines = recipe!.trim().split('\n')
  expect(lines).toHaveLength(3)
  expect(lines.filter((line) => !app.includes(line.replace('openApp()', 'openRest')))).toEqual([])
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

    it('in development, where a module that is replaced closes its app', { timeout: 300_000 }, async () => {
      const app = await startAppServer(APPS.vite, 'vite/bin/vite.js', (port) => [
        '--host',
        '127.0.0.1',
        '--strictPort',
        '--port',
        `${port}`,
      ])
      const { page, errors } = await open(app)
      await addNote(page, 'Milk')
      await page.evaluate(() => void Object.assign(globalThis, { isSamePage: true }))

      const module = join(APPS.vite, 'src/app.ts')
      const text = readFileSync(module, 'utf8')
      onTestFinished(() => writeFileSync(module, text))
      writeFileSync(module, text.replace("'Notes'", "'My notes'"))
      await page.getByRole('heading', { name: 'My notes' }).waitFor()
      await page.locator('li.confirmed', { hasText: 'Milk' }).waitFor()

      const fates = await page.evaluate(async () => {
        const { opened } = globalThis as unknown as { opened: { report(): Promise<unknown> }[] }
        const isOpen = (one: { report(): Promise<unknown> }) =>
          one.report().then(
            () => 'open',
            (error: Error) => error.name,
          )
        return { fates: await Promise.all(opened.map(isOpen)), isSamePage: 'isSamePage' in globalThis }
      })
      expect(fates).toEqual({ fates: ['ClosedError', 'open'], isSamePage: true })
      await addNote(page, 'Tea')
      expect(errors).toEqual([])
    })
  })

  describe('of Next, with the app router', () => {
    beforeAll(() => installPackage(APPS.next, packed))

    it('built, rendered by its server, and hydrated', { timeout: 600_000 }, async () => {
      await tool(APPS.next, 'next/dist/bin/next', 'build')
      const app = await startAppServer(APPS.next, 'next/dist/bin/next', (port) => [
        'start',
        '--hostname',
        '127.0.0.1',
        '--port',
        `${port}`,
      ])
      const { page, errors } = await open(app)
      expect(await (await fetch(app.url)).text()).toMatch(/<h1>Notes<\/h1>.*aria-label="Title"/)
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

  it('that has a Dexie of its own, of another version', { timeout: 300_000 }, async () => {
    installPackage(APPS.ownDexie, packed)
    const { outputFiles, metafile } = await build({
      entryPoints: [join(APPS.ownDexie, 'src/index.js')],
      bundle: true,
      format: 'esm',
      metafile: true,
      outfile: 'unwritten.js',
      write: false,
    })
    // One of them in the bundle, the app's: else Dexie itself refuses to start.
    const copies = Object.keys(metafile.inputs).filter((path) => /dexie\/dist\/dexie\.(js|mjs)$/.test(path))
    expect(copies).toEqual([join(APPS.ownDexie, 'node_modules/dexie/dist/dexie.js')])
    const { page, errors } = await open(await servePage(outputFiles[0]!.text))
    await page.locator('body[data-own="4.2.1: mine"]').waitFor()
    await addNote(page, 'Milk')
    expect(errors).toEqual([])
  })
})
