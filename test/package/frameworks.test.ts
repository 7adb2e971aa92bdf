import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest'
import { startRestServer } from '../../demo/server/rest/start-rest-server.js'
import { CHROMIUM_ARGUMENTS } from '../support/engines/chromium.js'
import { findEngine } from '../support/engines/detect.js'
import { installPackage } from '../support/package/pack.js'
import { servePage } from '../support/package/run-app.js'
import { APPS } from '../support/suites/lists.js'

const executablePath = findEngine('chromium')

const RECIPES = [
  { title: 'Vue 3', folder: APPS.frameworks, entry: 'vue.js', source: 'vue.js' },
  { title: 'Svelte 5', folder: APPS.frameworks, entry: 'svelte.js', source: 'Notes.svelte' },
  { title: 'Solid', folder: APPS.frameworks, entry: 'solid.js', source: 'solid.js' },
  { title: 'Angular 21', folder: APPS.angular, entry: 'main.js', source: 'main.js' },
]

const samples = [...readFileSync('docs/frameworks.md', 'utf8').matchAll(/^## (.*)\n[^#]*?```\w+\n([^]*?)\n```$/gm)]

it('docs/frameworks.md has a recipe of each, and no other', () => {
  expect(samples.map(([, title]) => title)).toEqual(RECIPES.map(({ title }) => title))
})

describe.each(RECIPES)('the recipe for $title', ({ title, folder, source }) => {
  it('has at most ten lines, and is in the app that is run', () => {
    const recipe = samples.find(([, named]) => named === title)![2]!
    expect(recipe.split('\n').length).toBeLessThanOrEqual(10)
    expect(readFileSync(join(folder, 'src', source), 'utf8')).toContain(recipe)
  })
})

/** Compiles components as Svelte's own plugins do. */
const svelte: Plugin = {
  name: 'svelte',
  setup({ onLoad }) {
    const { compile } = createRequire(resolve(APPS.frameworks, 'package.json'))('svelte/compiler') as {
      compile(source: string, options: object): { js: { code: string } }
    }
    onLoad({ filter: /\.svelte$/ }, ({ path }) => ({
      contents: compile(readFileSync(path, 'utf8'), { generate: 'client', filename: path }).js.code,
    }))
  },
}

// `npm run test:all` says where Chromium is missing, and counts that as a failure where engines are required.
describe.runIf(executablePath)('an app with the recipe', () => {
  let browser: Browser
  beforeAll(async () => {
    for (const folder of [APPS.frameworks, APPS.angular]) installPackage(folder, inject('packed'))
    browser = await chromium.launch({ executablePath: executablePath!, args: [...CHROMIUM_ARGUMENTS] })
  }, 300_000)
  afterAll(() => browser?.close())

  it.each(RECIPES)(
    'for $title shows an edit, and its confirmation',
    { timeout: 120_000 },
    async ({ folder, entry }) => {
      const { outputFiles } = await build({
        entryPoints: [join(folder, 'src', entry)],
        bundle: true,
        conditions: ['browser', 'production'],
        define: { 'process.env.NODE_ENV': '"production"' },
        format: 'esm',
        outfile: 'unwritten.js',
        plugins: [svelte],
        target: 'es2022',
        write: false,
      })
      const server = await startRestServer()
      onTestFinished(() => server.stop())
      const app = await servePage(outputFiles[0]!.text)
      onTestFinished(() => app.stop())
      const page = await browser.newPage()
      onTestFinished(() => page.close())
      const errors: string[] = []
      page.on('pageerror', ({ message }) => errors.push(message))
      await page.goto(`${app.url}?api=${encodeURIComponent(server.root)}`)
      for (const title of ['Milk', 'Tea']) {
        await page.getByLabel('Title').fill(title)
        await page.getByRole('button', { name: 'Add' }).click()
        await page.locator('li.confirmed', { hasText: title }).waitFor()
      }
      expect(await page.locator('li').allTextContents()).toEqual(['Milk', 'Tea'])
      expect(server.control.all('notes')).toHaveLength(2)
      expect(errors).toEqual([])
    },
  )
})
