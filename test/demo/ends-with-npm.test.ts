/* Nobody stops what they do not see: a command that npm ran ends when npm does. */
import { expect, test } from 'vitest'
import { runScript } from './run-script.js'

test('the server ends with the npm that ran it, which gets a SIGKILL', async () => {
  const npm = await runScript(['server', '--'], 'listening')
  expect((await fetch(npm.urls[0]!)).status).toBe(400)
  await npm.endBy('SIGKILL')
  await expect(fetch(npm.urls[0]!)).rejects.toThrow('fetch failed')
})
