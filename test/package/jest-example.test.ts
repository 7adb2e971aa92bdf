// The example of docs/testing.md runs in Jest as in Vitest, on the package as it is published.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { beforeAll, expect, inject, it } from 'vitest'
import { installPackage } from '../support/package/pack.js'
import { installLocked } from '../support/suites/install-locked.js'

const folder = 'test/apps/jest'
const example = 'test/testing/example'

interface JestReport {
  numPassedTests: number
  numFailedTests: number
  testResults: { message: string }[]
}

/** As an adopter has it: in JavaScript, with the package by its name, and with the globals of Jest. */
function copied(name: string): string {
  const code = readFileSync(join(example, name), 'utf8')
    .replaceAll(/'\.\.\/\.\.\/\.\.\/src\/(\w+)\/index\.js'/g, "'holdfast/$1'")
    .replace(/^import .* from 'vitest'$/m, '')
  return ts.transpile(code, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext })
}

beforeAll(() => {
  installLocked(folder, 'Jest')
  installPackage(folder, inject('packed'))
  for (const name of ['notes-app', 'notes-app.test']) writeFileSync(join(folder, `${name}.js`), copied(`${name}.ts`))
}, 300_000)

it('passes in Jest', () => {
  const report = join(folder, 'report.json')
  rmSync(report, { force: true })
  const options = [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--json',
    '--outputFile=report.json',
  ]
  try {
    execFileSync(process.execPath, options, { cwd: folder, stdio: 'ignore' })
  } catch {
    // The report has the failures.
  }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as JestReport
  expect(testResults.map(({ message }) => message)).toEqual([''])
  const tests = readFileSync(join(example, 'notes-app.test.ts'), 'utf8').match(/^test\(/gm)!
  expect([numPassedTests, numFailedTests]).toEqual([tests.length, 0])
}, 120_000)
