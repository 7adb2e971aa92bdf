import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import type { Browser } from '../support/engines/browser.js'
import { launchBrowser } from '../support/engines/launch.js'
import { descendants, isRunning } from '../support/engines/process-tree.js'
import { startSite, type Site } from '../support/engines/site.js'
import '../support/page/notes.js'

let site: Site
let profileDir: string
let browser: Browser | undefined

beforeAll(async () => {
  site = await startSite({ entry: 'test/support/page/notes.ts' })
})
afterAll(() => site.stop())
beforeEach(() => {
  profileDir = mkdtempSync(join(tmpdir(), 'holdfast-profile-'))
})
afterEach(async () => {
  await browser?.kill()
  browser = undefined
  rmSync(profileDir, { recursive: true, force: true })
})

const launch = async (): Promise<Browser> => (browser = await launchBrowser({ profileDir, site }))

test('the data of a page are there after a kill of every process of its browser', async () => {
  const before = await launch()
  await before.first.evaluate((note) => notes.keep(note), 'before the kill')
  const processes = [before.pid, ...descendants(before.pid).map(({ pid }) => pid)]
  await before.kill()

  expect(processes.length).toBeGreaterThan(1)
  expect(processes.filter(isRunning)).toEqual([])

  const after = await launch()
  expect(await after.first.evaluate(() => notes.kept())).toEqual(['before the kill'])
})

test('a browser that was closed comes back with what its page kept', async () => {
  const before = await launch()
  await before.first.evaluate(() => notes.keep('before the close'))
  await before.close()

  expect(isRunning(before.pid)).toBe(false)
  const after = await launch()
  expect(await after.first.evaluate(() => notes.kept())).toEqual(['before the close'])
})

test('a page can be reloaded and goes on', async () => {
  const { first } = await launch()
  await first.evaluate(() => notes.keep('one'))
  await first.evaluate(() => void Object.assign(globalThis, { marked: true }))
  await first.reload()

  expect(await first.evaluate(() => 'marked' in globalThis)).toBe(false)
  expect(await first.evaluate(() => notes.kept())).toEqual(['one'])
})

test('two tabs are open at once, and one of them can close', async () => {
  const { first, open } = await launch()
  const second = await open('/?second')
  await second.evaluate(() => notes.keep('from the second'))

  expect(await second.evaluate(() => new URLSearchParams(location.search).has('second'))).toBe(true)
  expect(await first.evaluate(() => notes.kept())).toEqual(['from the second'])

  await second.evaluate(
    () => new Promise<void>((held) => void navigator.locks.request('tab', () => (held(), new Promise(() => {})))),
  )
  await second.close()
  expect(await first.evaluate(() => navigator.locks.request('tab', () => 'released'))).toBe('released')
})

test('an error of the page is the error of the call', async () => {
  const { first } = await launch()

  await expect(first.evaluate(() => Promise.reject(new RangeError('too far')))).rejects.toThrow('too far')
  expect(inject('engine')).toBe(browser!.engine)
})
