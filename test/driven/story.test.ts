import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, inject, test } from 'vitest'

// The stories start Chromium themselves, also in a run of another engine: once is enough for each of these tests.
test.skipIf(inject('engine') !== 'chromium')(
  'the story ends well, having told of each fault, and of what was refused at once',
  async () => {
    const { code, told } = await tell()

    expect(told).toContain('All of it happened.')
    expect(told).toMatch(/fault +conflict 3018: .*\n/)
    expect(told).toMatch(/fault +validation 3045: .*\n/)
    expect(told).toMatch(/refused +InvalidEditError: .*"nickname"/)
    expect(told).toMatch(
      /fault +conflict changed: .*base: phone "555-0100"; mine, rolled back: phone "555-0111"; theirs: phone "555-0199"\n/,
    )
    expect(told).toContain('the amended edit is accepted')
    expect(code).toBe(0)
  },
)

// Chromium itself, as above.
test.skipIf(inject('engine') !== 'chromium')(
  'the story of a job ends well: it and its notes outlive two kills between a request and its answer, and are made once; another is refused, mended, and made once',
  async () => {
    const { code, told } = await tell({}, '--records')

    expect(told).toContain('the server has exactly one job')
    expect(told).toContain('and three notes, in order')
    expect(told).toContain('it made each of them once')
    expect(told).toContain('after a kill, she sees the change, and not the note')
    expect(told).toContain('the job is refused, and the notes with it')
    expect(told).toContain('the server has the other job once')
    expect(told).toContain('and each of its notes once')
    expect(told).toContain('All of it happened.')
    expect(code).toBe(0)
  },
)

// Needs no engine, and is the same in every engine's run.
test.skipIf(inject('engine') !== 'chromium')('a story that there is not is refused by name', async () => {
  const { code, told } = await tell({}, '--recrods')

  expect(told).toContain('"--recrods"')
  expect(code).toBe(2)
})

// Needs no engine at all, and is the same command in every engine's run: once is enough.
test.skipIf(inject('engine') !== 'chromium')('without a browser, the story says what to install', async () => {
  const { code, told } = await tell({ CHROMIUM_PATH: '/no/such/browser' })

  expect(told).toContain('apt-get install -y chromium')
  expect(code).toBe(2)
})

async function tell(
  environment: { [name: string]: string } = {},
  ...args: string[]
): Promise<{ code: unknown; told: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'demo/story/main.ts', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let told = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (told += chunk.toString()))
  const [code] = (await once(child, 'close')) as [unknown]
  return { code, told }
}
