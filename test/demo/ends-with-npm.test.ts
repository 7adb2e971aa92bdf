/* Nobody stops what they do not see: a command that npm ran ends when npm does. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// Each starts npm, and some build the page, on a machine that may be busy with other suites.
vi.setConfig({ testTimeout: 60_000 })

let folder: string
let npm: ChildProcess | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-npm-'))
})
afterEach(() => {
  // What npm ran is of its process group.
  if (npm?.pid !== undefined) killGroup(npm.pid)
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended, as it should.
  }
}

/** Runs an npm script until its last line; resolves with the addresses that it prints. */
async function run(args: readonly string[], lastLine: string): Promise<string[]> {
  const all = [...args, '--port', '0', '--data', join(folder, 'data')]
  npm = spawn('npm', ['run', '--silent', ...all], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  let printed = ''
  for await (const chunk of npm.stdout!.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += String(chunk)
    if (printed.includes(lastLine)) break
  }
  return [...printed.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([url]) => url)
}

/** Sends the signal to npm alone; resolves when every process that writes to its output has ended. */
async function endBy(signal: NodeJS.Signals, pid = npm!.pid!): Promise<void> {
  const ended = once(npm!.stdout!.resume(), 'close')
  process.kill(pid, signal)
  await ended
}

/** As a terminal does at Ctrl+C: npm, its shell and what they ran all get the signal. */
const pressCtrlC = (): Promise<void> => endBy('SIGINT', -npm!.pid!)

const ends = [
  ['gets a SIGTERM', () => endBy('SIGTERM')],
  ['gets a SIGHUP', () => endBy('SIGHUP')],
  ['gets a SIGKILL', () => endBy('SIGKILL')],
  ['gets the SIGINT of a Ctrl+C', pressCtrlC],
] as const

test.for(ends)('the server ends with the npm that ran it, which %s', async ([, end]) => {
  const [url] = await run(['server', '--'], 'listening')
  expect((await fetch(url!)).status).toBe(400)
  await end()
  await expect(fetch(url!)).rejects.toThrow('fetch failed')
})

test('the demo ends with the npm that ran it, which gets a SIGKILL', async () => {
  const urls = await run(['start', '--', '--page-port', '0'], 'Log in as')
  expect(urls.length).toBeGreaterThanOrEqual(2)
  await endBy('SIGKILL')
  for (const url of urls) await expect(fetch(url)).rejects.toThrow('fetch failed')
})

// Where the shell stays, a SIGINT for npm alone does not end npm either.
test.runIf(existsSync('/bin/bash'))('the server ends by a SIGINT for npm where the shell gives way to it', async () => {
  const [url] = await run(['--script-shell', '/bin/bash', 'server', '--'], 'listening')
  await endBy('SIGINT')
  await expect(fetch(url!)).rejects.toThrow('fetch failed')
})

// The shell in between is told from others by Linux alone (`/proc`).
test.runIf(process.platform === 'linux')('the server ends with npm where two shells stay between them', async () => {
  const shell = join(folder, 'ash')
  writeFileSync(shell, '#!/bin/sh\n/bin/sh "$@"\nexit $?\n')
  chmodSync(shell, 0o755)
  const [url] = await run(['--script-shell', shell, 'server', '--'], 'listening')
  await endBy('SIGKILL')
  await expect(fetch(url!)).rejects.toThrow('fetch failed')
})
