import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { textOf } from '../../demo/server/json.js'
import { startServer } from '../../demo/server/start-server.js'
import { call, callControl, signUp } from './api.js'

const main = new URL('../../demo/server/main.ts', import.meta.url).pathname

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-server-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Runs the command as a person would; resolves with the address that it prints. */
async function run(...args: string[]): Promise<Started> {
  return started(spawn(process.execPath, ['--import', 'tsx', main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] }))
}

interface Started {
  child: ChildProcess
  url: string
  root: string
  controlToken: string | undefined
}

async function started(child: ChildProcess): Promise<Started> {
  onTestFinished(() => void child.kill('SIGKILL'))
  let printed = ''
  for await (const chunk of child.stdout!.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += String(chunk)
    if (/^listening on .*\n(?:control token .*\n)?$/.test(printed)) break
  }
  const [, url, controlToken] =
    /^listening on (http:\/\/127\.0\.0\.1:\d+)\n(?:control token ([\w-]{22})\n)?$/.exec(printed) ?? []
  if (url === undefined) throw new Error(`The server printed ${JSON.stringify(printed)}`)
  return { child, url, root: `${url}/holdfast-app/holdfast-key`, controlToken }
}

describe('kill -9', () => {
  it('loses no update that was answered, and leaves no half of one', { timeout: 30_000 }, async () => {
    const data = temporaryDirectory()
    const answered: number[] = []
    let james = { id: '', token: '' }
    let sent = 0
    // Three lives, each killed in the middle of writing.
    for (let life = 0; life < 3; life += 1) {
      const { child, root } = await run('--port', '0', '--data', data)
      if (life === 0) james = await signUp(root, 'james@example.com')
      const writer = async (): Promise<void> => {
        for (;;) {
          sent += 1
          const body = { serial: sent, twin: sent }
          const { status } = await call(root, 'PUT', `/users/${james.id}`, { body, token: james.token })
          expect(status).toBe(200)
          answered.push(body.serial)
          if (answered.length === (life + 1) * 60) child.kill('SIGKILL')
        }
      }
      const writers = [writer(), writer(), writer(), writer()]
      await Promise.all(writers.map((each) => expect(each).rejects.toThrow('fetch failed')))
    }

    const lastLife = await run('--port', '0', '--data', data, '--control')
    const { root } = lastLife
    const log = (await callControl(lastLife, 'GET', '/log')).body as unknown as {
      seq: number
      applied: { serial: number; twin: number }
    }[]
    const applied = log.map((entry) => entry.applied.serial)
    expect(applied).toEqual(expect.arrayContaining(answered))
    expect(new Set(applied).size).toBe(applied.length)
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1))
    expect(log.every((entry) => entry.applied.serial === entry.applied.twin)).toBe(true)
    // The session outlived the kills, and the row is what the last logged update made it.
    const { body } = await call(root, 'GET', `/users/${james.id}`, { token: james.token })
    expect(body).toMatchObject(log.at(-1)?.applied ?? {})
  })
})

describe('the command', () => {
  it('stops cleanly on SIGTERM, the requests under way answered', { timeout: 20_000 }, async () => {
    const server = await run('--port', '0', '--data', temporaryDirectory(), '--control')
    const { child, root } = server
    const james = await signUp(root, 'james@example.com')
    await callControl(server, 'POST', '/rules', { match: { method: 'PUT' }, action: { do: 'hold' } })
    const update = call(root, 'PUT', `/users/${james.id}`, { body: { name: 'last' }, token: james.token })
    for (let held = 0; held !== 1;) held = Number((await callControl(server, 'GET', '')).body.held)
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    expect((await update).body.name).toBe('last')
    expect(await exit).toEqual([0, null])
  })

  it('takes its switches, ids and schema from the arguments', { timeout: 20_000 }, async () => {
    const data = temporaryDirectory()
    const schema = join(data, 'schema.json')
    const columns = [
      { name: 'objectId' },
      { name: 'login', identity: true, required: true },
      { name: 'age', type: 'INT' },
    ]
    writeFileSync(schema, JSON.stringify(columns))
    const switches = '--dynamic-schema reject --other-users forbid --anonymous-update forbid --multiple-logins on'
    const ids = '--app-id MY-APP --api-key MY-KEY --session-timeout 900 --port 0'
    const { url } = await run('--data', data, '--schema', schema, ...switches.split(' '), ...ids.split(' '))
    const root = `${url}/MY-APP/MY-KEY`
    const register = (body: object) => call(root, 'POST', '/users/register', { body: { password: 'x', ...body } })
    expect((await register({ login: 'james', team: 'red' })).body.code).toBe(3010)
    const id = textOf((await register({ login: 'james', age: 4 })).body.objectId ?? '')
    expect((await call(root, 'PUT', `/users/${id}`, { body: { age: 5 } })).body.code).toBe(3028)
    const logIn = async () =>
      (await call(root, 'POST', '/users/login', { body: { login: 'james', password: 'x' } })).body
    const [first, second] = [await logIn(), await logIn()]
    for (const token of [first['user-token'], second['user-token']].map(String)) {
      expect((await call(root, 'PUT', `/users/${id}`, { body: { age: 5 }, token })).body.age).toBe(5)
      expect((await call(root, 'PUT', '/users/X', { body: { age: 5 }, token })).body.code).toBe(3029)
    }
    expect((await call(`${url}/control`, 'GET', '')).body.code).toBe(2002)
  })

  it('says what is wrong with an argument, and exits with 1', { timeout: 20_000 }, async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', main, '--dynamic-schema', 'maybe'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    expect(await once(child, 'exit')).toEqual([1, null])
    expect(said).toBe('--dynamic-schema cannot be "maybe": use on or drop or reject\n')
  })
})

describe('a server that is stopped and started again', () => {
  it('has everything as it was, on the port that it had', async () => {
    const data = temporaryDirectory()
    const first = await startServer({ data })
    const james = await signUp(first.apiRoot, 'james@example.com', { team: 'red' })
    await first.stop()
    await expect(call(first.apiRoot, 'GET', '/info')).rejects.toThrow('fetch failed')
    const second = await startServer({ data, port: first.port })
    onTestFinished(() => second.stop())
    const { body } = await call(second.apiRoot, 'PUT', `/users/${james.id}`, {
      body: { name: 'J' },
      token: james.token,
    })
    expect(body).toMatchObject({ team: 'red', name: 'J' })
    await expect(startServer({ port: first.port })).rejects.toThrow('EADDRINUSE')
    await expect(startServer({ appId: 'a/b' })).rejects.toThrow('appId')
    await expect(startServer({ schema: [{ name: 'name' }] })).rejects.toThrow('identity')
  })

  it('does not go on with a schema that its data are not of', async () => {
    const data = temporaryDirectory()
    const email = { name: 'email', identity: true, required: true }
    const first = await startServer({ data, schema: [email] })
    await signUp(first.apiRoot, 'james@example.com', { team: 'red' })
    await first.stop()
    const wrong = [email, { name: 'age', type: 'INT' }] as const
    await expect(startServer({ data, schema: wrong })).rejects.toThrow('differs in the column "age"')
    await (await startServer({ data, schema: [email] })).stop()
    await (await startServer({ data })).stop()
  })
})

describe('a data directory', () => {
  it('is of one server at a time, and says so', { timeout: 30_000 }, async () => {
    const data = temporaryDirectory()
    const { child } = await run('--port', '0', '--data', data)
    await expect(startServer({ data })).rejects.toThrow('cannot be used: another server has it open')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await (await startServer({ data })).stop()
  })

  it('that cannot be one is named', async () => {
    const file = join(temporaryDirectory(), 'file')
    writeFileSync(file, 'x')
    await expect(startServer({ data: file })).rejects.toThrow(`The data directory ${file} cannot be made: EEXIST`)
    const data = temporaryDirectory()
    writeFileSync(join(data, 'backendless.db'), 'no database at all '.repeat(100))
    await expect(startServer({ data })).rejects.toThrow('backendless.db cannot be used: file is not a database')
  })
})
