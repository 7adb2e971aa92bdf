import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { entryNames } from '../support/package/entries.js'
import { installPackage } from '../support/package/pack.js'
import { TYPESCRIPT_APP } from '../support/suites/lists.js'

const COMPILERS = {
  '5.6': 'typescript-5.6/lib/tsc.js',
  '6.0': 'typescript-6/lib/tsc.js',
  '7.0': 'typescript-7/bin/tsc',
}
const RESOLUTIONS = { nodenext: 'nodenext', bundler: 'esnext' }

const run = promisify(execFile)
const tsc = (compiler: string, ...options: string[]): Promise<{ stdout: string }> =>
  run(process.execPath, [`node_modules/${compiler}`, ...options], { cwd: TYPESCRIPT_APP }).catch(
    (error: { stdout: string }) => error,
  )

beforeAll(() => installPackage(TYPESCRIPT_APP, inject('packed')))

it('the app uses every entry', () => {
  const app = readFileSync(`${TYPESCRIPT_APP}/app.ts`, 'utf8')
  expect(entryNames().filter((name) => !app.includes(`'${name}'`))).toEqual([])
})

describe.each(Object.entries(COMPILERS))('TypeScript %s', (version, compiler) => {
  it('is the compiler that runs', async () => {
    expect((await tsc(compiler, '--version')).stdout).toContain(`Version ${version}.`)
  })

  it.each(Object.entries(RESOLUTIONS))('takes the types of every entry, with %s', async (resolution, module) => {
    const { stdout } = await tsc(compiler, '-p', '.', '--module', module, '--moduleResolution', resolution)
    expect(stdout).toBe('')
  })
})
