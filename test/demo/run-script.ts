/* npm, and what it ran: started by a test, and ended with it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface RunningScript {
  /** The addresses that it has printed, in order. */
  readonly urls: readonly string[]
  /** Sends the signal to npm alone; resolves when every process that writes to its output has ended. */
  endBy(signal: NodeJS.Signals): Promise<void>
  /** As a terminal does: npm, its shell and what they ran all get a SIGINT. */
  pressCtrlC(): Promise<void>
}

/** Runs an npm script on a free port and new data; resolves once it has printed its last line. */
export async function runScript(args: readonly string[], lastLine: string): Promise<RunningScript> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-npm-'))
  const all = ['run', '--silent', ...args, '--port', '0', '--data', join(folder, 'data')]
  const npm = spawn('npm', all, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const pid = npm.pid!
  onTestFinished(() => {
    // All processes that npm ran are of its process group.
    killGroup(pid)
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })
  const printed = await outputUntil(npm, lastLine)
  const endBy = async (signal: NodeJS.Signals, target = pid): Promise<void> => {
    const ended = once(npm.stdout, 'close')
    npm.stdout.resume()
    process.kill(target, signal)
    await ended
  }
  return {
    urls: [...printed.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([url]) => url),
    endBy: (signal) => endBy(signal),
    pressCtrlC: () => endBy('SIGINT', -pid),
  }
}

async function outputUntil(npm: ChildProcess, lastLine: string): Promise<string> {
  let printed = ''
  for await (const chunk of npm.stdout!.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += String(chunk)
    if (printed.includes(lastLine)) break
  }
  return printed
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended, as it should.
  }
}
