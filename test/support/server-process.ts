import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { controlTokenHeader, controlTokenVariable, newControlToken } from '../../demo/server/control/control-token.js'
import { effectsOf, type AppliedValues } from './effects.js'

/** The local server in a process of its own, with storage on disk, so that it can be killed and started again. */
export interface ServerProcess {
  /** The API's root, the same in each of its lives: with application id and key in its path, or that of the REST mode. */
  readonly apiRoot: string
  /** Starts it again on the same port and storage; resolves when it listens. */
  start(): Promise<void>
  /** SIGTERM: what is under way ends first. */
  stop(): Promise<void>
  /** SIGKILL, in the middle of any work. */
  kill(): Promise<void>
  /** A request to the control path; rejects unless it was answered with 200. */
  control<T = unknown>(method: string, path: string, body?: object): Promise<T>
  /** The effects of the user's updates by the log of applied updates, by property. */
  effects(userId: string): Promise<{ [property: string]: unknown[] }>
  /** Kills it and removes what it stored. */
  remove(): Promise<void>
}

/** Starts a server on a free port; `more` are further options, such as `--rest`. */
export async function startServerProcess(...more: string[]): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-server-'))
  const controlToken = newControlToken()
  let running: ChildProcess | undefined
  let url = ''

  const start = async (): Promise<void> => {
    const port = url === '' ? '0' : new URL(url).port
    const options = ['--port', port, '--data', folder, '--control', ...more]
    const child = spawn(process.execPath, ['--import', 'tsx', 'demo/server/main.ts', ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, [controlTokenVariable]: controlToken },
    })
    running = child
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`The server ended with code ${code}`)
    })
    ended.catch(() => {})
    const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [string]
    const listening = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1]
    if (listening === undefined) throw new Error(`The server printed ${JSON.stringify(line)}`)
    url = listening
  }

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const exited = once(running, 'exit')
    running.kill(signal)
    await exited
  }

  const control = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${url}/control${path}`, {
      method,
      headers: { [controlTokenHeader]: controlToken, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} /control${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  await start()
  return {
    apiRoot: more.includes('--rest') ? `${url}/v1/` : `${url}/holdfast-app/holdfast-key`,
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    control,
    effects: async (userId) => effectsOf(await control<AppliedValues[]>('GET', `/log?userId=${userId}`)),
    async remove() {
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
