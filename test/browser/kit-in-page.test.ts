/* The test kit in a page: the device on the engine's own IndexedDB, and a lossy network around its own fetch. */
import { expect, it, onTestFinished } from 'vitest'
import { fakeBackend, fakeDevice, lossy, noRefusedShown, nothingDoubled, nothingLost } from '../../src/testing/index.js'
import { openNotes, type Note } from '../testing/example/notes-app.js'

it('keeps what a tab saves over a reload, a kill and a lost answer, on real storage', async () => {
  const backend = fakeBackend<{ notes: Note }>({ notes: [{ id: 'n1', title: 'Milk' }] })
  const device = fakeDevice({ backend, open: openNotes })
  onTestFinished(() => device.close())
  const tab = await device.openTab()
  device.net.offline()
  await tab.app.collection('notes').update('n1', { title: 'Oat milk' })
  const next = await tab.reload()
  expect(await next.app.collection('notes').get('n1')).toMatchObject({ title: 'Oat milk' })
  device.net.online()
  await device.settle()

  const killed = next.killAt('answer')
  await next.app.collection('notes').create({ title: 'Bread' })
  await killed
  const { app } = await device.openTab()
  device.net.lose({ times: 1, only: ({ method }) => method === 'POST' })
  await app.collection('notes').create({ title: 'Tea' })
  await device.settle()
  backend.refuse({ properties: ['title'] })
  await app.collection('notes').update('n1', { title: 'Beer' })
  await device.settle()

  expect(backend.all('notes').map(({ title }) => title)).toEqual(['Oat milk', 'Bread', 'Tea'])
  expect(app.faults.open$.value).toHaveLength(1)
  await nothingLost(device)
  await nothingDoubled(device)
  await noRefusedShown(device)
})

it('has tabs that show the same, of which another sends when one is killed', async () => {
  const backend = fakeBackend<{ notes: Note }>({ notes: [{ id: 'n1', title: 'Milk' }] })
  const device = fakeDevice({ backend, open: openNotes })
  onTestFinished(() => device.close())
  const [one, two] = [await device.openTab(), await device.openTab()]
  device.net.offline()
  await one.app.collection('notes').update('n1', { title: 'Oats' })
  await device.quiet()
  expect(await two.app.collection('notes').get('n1')).toMatchObject({ title: 'Oats' })
  one.kill()
  device.net.online()
  await device.settle()
  expect(backend.get('notes', 'n1')).toMatchObject({ title: 'Oats' })
})

it("wraps the page's own fetch", async () => {
  const net = lossy(fetch)
  const ask = (): Promise<number> => net.fetch(location.href).then(({ status }) => status)
  expect(await ask()).toBe(200)
  net.lose({ times: 1 })
  await expect(ask()).rejects.toThrow(TypeError)
  net.cut({ times: 1 })
  const broken = await net.fetch(location.href)
  await expect(broken.text()).rejects.toThrow()
  net.fail(503)
  expect(await ask()).toBe(503)
  net.offline()
  expect(net.connectivity.online).toBe(false)
  net.online()
  expect([net.connectivity.online, await ask()]).toEqual([navigator.onLine, 200])
})
