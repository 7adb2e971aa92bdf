/*
 * The process of the page dies, as Android ends a webview in the background and iOS its content process: with no event. The
 * rest of the browser goes on, and the person comes back to a page that starts anew.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import ts from 'typescript'
import { expect, inject, test } from 'vitest'
import type { Tab } from '../support/engines/browser.js'
import { descendants, isRunning } from '../support/engines/process-tree.js'
import { samplesOf } from '../support/samples.js'
import { expectDrained, settlesWithin, useSharedBench } from '../support/shared-bench.js'

const bench = useSharedBench()
const engine = inject('engine')

/** The processes that pages run in. WebKit's pages are the way into it, so there the first page stays, and another dies. */
function pageProcesses(): number[] {
  const isOfPage = {
    chromium: (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=renderer'),
    firefox: (_: number, name: string) => /^(Isolated|Web Content)/.test(name),
    webkit: (_: number, name: string) => name.startsWith('WebKitWebProces'),
  }[engine]
  return descendants(bench.browser.pid).flatMap(({ pid, name }) => (isOfPage(pid, name) ? [pid] : []))
}

/** Opens a page after the death of another. Firefox waits for good where it meant to open it in the process that died. */
async function reopen(open: () => Promise<Tab> = bench.open): Promise<Tab> {
  let isOpen = false
  const opening = open().then((tab) => {
    isOpen = true
    return tab
  })
  opening.catch(() => {})
  if (engine !== 'firefox') return opening
  return Promise.race([opening, sleep(15_000).then(() => (isOpen ? opening : open()))])
}

/** A page that is open beside the first one, and an end of its process. */
async function openMortal(open: () => Promise<Tab> = bench.open): Promise<{ tab: Tab; die(): Promise<void> }> {
  const before = pageProcesses()
  const tab = await open()
  return {
    tab,
    async die() {
      const all = pageProcesses()
      const victims = engine === 'webkit' ? all.filter((pid) => !before.includes(pid)) : all
      expect(victims.length).toBeGreaterThan(0)
      for (const pid of victims) process.kill(pid, 'SIGKILL')
      await expect.poll(() => victims.filter(isRunning)).toEqual([])
    },
  }
}

test('with a queue: the page that comes back shows each edit, and each arrives once', async () => {
  bench.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'lose-answer' } })
  bench.server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' }, times: 'always' })
  const { tab, die } = await openMortal()
  await tab.evaluate(async () => {
    for (const name of ['one', 'two', 'three']) await shared.users.update({ name })
    await shared.users.update({ city: 'Oslo' })
  })
  await die()

  const again = await reopen()
  expect(await again.evaluate(() => shared.users.current$.value)).toMatchObject({ name: 'three', city: 'Oslo' })
  bench.server.control.rules.clear()
  bench.server.control.release()
  await expectDrained(again)
  expect(bench.server.control.readUser({ id: bench.userId })).toMatchObject({ name: 'three', city: 'Oslo' })
  const { name = [], city } = bench.effects()
  expect([new Set(name).size, city]).toEqual([name.length, ['Oslo']])
})

test('with an open form: the saved fields are there, and with the code of the guide the typed ones, too', async () => {
  const sample = samplesOf(readFileSync('docs/guide.md', 'utf8')).find(
    ({ heading }) => heading === 'Keep an open form',
  )!
  const keepForm = ts.transpile(sample.code, { target: ts.ScriptTarget.ES2022 }).replace(/^import .*$/gm, '')
  const showForm = (tab: Tab): Promise<void> =>
    tab.evaluate((code) => {
      document.body.innerHTML = '<form id="profile"><input name="name"><input name="city"></form>'
      const script = document.createElement('script')
      script.textContent = `((app) => {${code}})(shared)`
      document.body.append(script)
    }, keepForm)
  const { tab, die } = await openMortal()
  await showForm(tab)
  await tab.evaluate(async () => {
    await shared.users.update({ name: 'Anna' })
    for (const [name, typed] of Object.entries({ name: 'Anna', city: 'Oslo' })) {
      const input = document.querySelector<HTMLInputElement>(`[name=${name}]`)!
      input.value = typed
      input.dispatchEvent(new InputEvent('input', { bubbles: true }))
    }
  })
  // Another page has it, so it is outside of the process that dies.
  await expect.poll(() => bench.browser.first.evaluate(() => localStorage.getItem('form:profile'))).toContain('Oslo')
  await die()

  const again = await reopen()
  await showForm(again)
  expect(await again.evaluate(() => shared.users.current$.value)).toMatchObject({ name: 'Anna' })
  expect(await again.evaluate(() => document.querySelector<HTMLInputElement>('[name=city]')!.value)).toBe('Oslo')
  await again.evaluate(() => document.querySelector('form')!.requestSubmit())
  await expect.poll(() => again.evaluate(() => localStorage.getItem('form:profile')), settlesWithin).toBeNull()
  await expectDrained(again)
  expect(bench.effects()).toMatchObject({ city: ['Oslo'] })
})

test('in the middle of a login: nobody is logged in by half, nothing is lost, and the next login works', async () => {
  await bench.browser.first.evaluate(() => shared.users.logout())
  bench.server.control.rules.add({ match: { method: 'POST', path: '/users/login' }, action: { do: 'hold-answer' } })
  const open = (): Promise<Tab> => bench.browser.open(`/?root=${encodeURIComponent(bench.server.apiRoot)}`)
  const { tab, die } = await openMortal(open)
  await tab.evaluate(() => void shared.users.login('ann@x.co', 'secret-1').catch(() => {}))
  await bench.held(1)
  await die()
  bench.server.control.release()

  const again = await reopen(open)
  await expect.poll(() => again.evaluate(() => shared.users.session$.value.state), settlesWithin).toBe('signed-out')
  await again.evaluate(async () => {
    await shared.users.login('ann@x.co', 'secret-1')
    await shared.users.update({ name: 'Anna' })
  })
  await expectDrained(again)
  expect(bench.server.control.readUser({ id: bench.userId })).toMatchObject({ name: 'Anna' })
})
