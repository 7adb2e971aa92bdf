/* The other ways in which npm ends, and what it ran with it. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runScript, type RunningScript } from './run-script.js'

const ends: readonly (readonly [string, (npm: RunningScript) => Promise<void>])[] = [
  ['gets a SIGTERM', (npm) => npm.endBy('SIGTERM')],
  ['gets a SIGHUP', (npm) => npm.endBy('SIGHUP')],
  ['gets a SIGKILL', (npm) => npm.endBy('SIGKILL')],
  ['gets the SIGINT of a Ctrl+C', (npm) => npm.pressCtrlC()],
]

test.for(ends)('the server ends with the npm that ran it, which %s', async ([, end]) => {
  const npm = await runScript(['server', '--'], 'listening')
  await end(npm)
  await expect(fetch(npm.urls[0]!)).rejects.toThrow('fetch failed')
})

test.for(ends)('the demo ends with the npm that ran it, which %s', async ([, end]) => {
  const npm = await runScript(['start', '--', '--page-port', '0'], 'Ctrl+C ends it')
  expect(npm.urls.length).toBeGreaterThanOrEqual(2)
  await end(npm)
  for (const url of npm.urls) await expect(fetch(url)).rejects.toThrow('fetch failed')
})

// Where the shell stays, a SIGINT for npm alone does not end npm either.
test.runIf(existsSync('/bin/bash'))('the server ends by a SIGINT for npm where the shell gives way to it', async () => {
  const npm = await runScript(['--script-shell', '/bin/bash', 'server', '--'], 'listening')
  await npm.endBy('SIGINT')
  await expect(fetch(npm.urls[0]!)).rejects.toThrow('fetch failed')
})

// The shells in between are told from other processes by Linux alone (`/proc`).
test.runIf(process.platform === 'linux')('the server ends with npm where two shells stay between them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-shell-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const shell = join(folder, 'ash')
  writeFileSync(shell, '#!/bin/sh\n/bin/sh "$@"\nexit $?\n')
  chmodSync(shell, 0o755)
  const npm = await runScript(['--script-shell', shell, 'server', '--'], 'listening')
  await npm.endBy('SIGKILL')
  await expect(fetch(npm.urls[0]!)).rejects.toThrow('fetch failed')
})
