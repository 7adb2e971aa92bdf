/* Hashes of passwords and tokens of sessions lie in the data folder, on a machine that others may use too. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { startServer } from '../../demo/server/start-server.js'
import { signUp } from '../server/api.js'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

/** The modes of a data folder's files, while a server has written to it. */
async function modesIn(data: string): Promise<Record<string, string>> {
  const server = await startServer({ data })
  await signUp(server.apiRoot, 'james@example.com')
  const modes = Object.fromEntries(readdirSync(data).map((name) => [name, modeOf(join(data, name))]))
  await server.stop()
  return modes
}

const ownersAlone = {
  'backendless.db': '600',
  'backendless.db-shm': '600',
  'backendless.db-wal': '600',
  'backendless.db.lock': '600',
}

it('are for their owner alone, and so is the folder that the server made', async () => {
  const parent = temporaryFolder()
  const data = join(parent, 'deep', 'data')
  expect(await modesIn(data)).toMatchObject(ownersAlone)
  expect([modeOf(join(parent, 'deep')), modeOf(data)]).toEqual(['700', '700'])
})

it('are closed where an earlier server left them open; a folder that was there keeps its mode', async () => {
  const data = temporaryFolder()
  chmodSync(data, 0o755)
  await modesIn(data)
  for (const name of readdirSync(data)) chmodSync(join(data, name), 0o644)
  expect(await modesIn(data)).toMatchObject(ownersAlone)
  expect(modeOf(data)).toBe('755')
})
