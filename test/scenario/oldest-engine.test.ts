/*
 * The oldest engines that docs/webviews.md names, as far as Node can play them: the run-time library has nothing that Chromium
 * 100 or Safari 15.4 lack. The syntax is that of ES2022 (`tsdown.config.ts`), without what Safari took in later.
 */
import { readFileSync } from 'node:fs'
import { expect, it, onTestFinished, vi } from 'vitest'

const removed = vi.hoisted(() => {
  // Each came to Chromium after 100, or to Safari after 15.4 (MDN's tables of compatibility).
  const newer: [object, string[]][] = [
    [AbortSignal, ['any', 'timeout']],
    [Array, ['fromAsync']],
    [Array.prototype, ['toReversed', 'toSorted', 'toSpliced', 'with']],
    [Map, ['groupBy']],
    [Object, ['groupBy']],
    [Object.getPrototypeOf(Object.getPrototypeOf([].values())) as object, ['drop', 'filter', 'map', 'some', 'toArray']],
    [Promise, ['try', 'withResolvers']],
    [Response, ['json']],
    [Set.prototype, ['difference', 'intersection', 'isSubsetOf', 'isSupersetOf', 'symmetricDifference', 'union']],
    // Node's own fetch takes `toWellFormed`, and the iterator of streams.
    [String.prototype, ['isWellFormed']],
    [URL, ['canParse']],
  ]
  for (const [owner, names] of newer) for (const name of names) Reflect.deleteProperty(owner, name)
  return newer
})

// After the removal: modules that look once find nothing.
const { IDBFactory, IDBKeyRange } = await import('fake-indexeddb')
const { startServer } = await import('../../demo/server/start-server.js')
const { openBackendless } = await import('../../src/backendless/index.js')

it('an edit is saved, sent and answered, also after a request that was given up', async () => {
  const server = await startServer()
  onTestFinished(() => server.stop())
  const factory = { indexedDB: new IDBFactory(), IDBKeyRange }
  const open = () => {
    const opened = openBackendless<{ objectId: string; name: string }>({
      baseUrl: server.apiRoot,
      platform: { databases: { factory } },
      // The request that was given up may arrive for so long, and the next start waits for that.
      requestTimeoutMs: 5_000,
    })
    onTestFinished(() => opened.close())
    return opened
  }
  const app = open()
  await app.users.register({ email: 'ann@x.co', name: 'Ann', password: 'secret-1' })
  await app.users.login('ann@x.co', 'secret-1')
  const edit = await app.users.update({ name: 'Jim' })
  expect(await edit.settled).toMatchObject({ outcome: 'accepted' })

  server.control.rules.add({ match: { method: 'PUT' }, action: { do: 'hold' } })
  const { id } = await app.users.update({ name: 'James' })
  await vi.waitFor(() => expect(server.control.held()).toBe(1), { timeout: 30_000 })
  // Gives the request up, by its signal.
  await app.close()
  server.control.release()
  const again = open()
  await again.flush()
  expect(await again.settlement(id)).toMatchObject({ outcome: 'accepted' })
  expect(server.control.readUser({ identity: 'ann@x.co' })).toMatchObject({ name: 'James' })
  const isThere = ([owner, names]: [object, string[]]): string[] => names.filter((name) => name in owner)
  expect(removed.flatMap(isThere)).toEqual([])
})

it('the page names these versions', () => {
  expect(readFileSync('docs/webviews.md', 'utf8').replaceAll('\n', ' ')).toContain(
    'Android System WebView 100, iOS 15.4 or Electron 18, or later ones',
  )
})
