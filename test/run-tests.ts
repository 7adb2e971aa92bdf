/*
 * What `npm test` runs: the suites of Node, always, then those of each browser engine that this machine has. An engine
 * that is missing is named, and is a failure only where REQUIRE_ENGINES is set. The last line sums all runs up.
 * Arguments are handed to Vitest: `npm test -- lane` runs the suites with `lane` in their names.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { ENGINES, findEngine, INSTALL_COMMANDS } from './support/engines/detect.js'
import { killTree } from './support/engines/process-tree.js'

const REPORTS = '.test-reports'

/** A run that takes longer hangs, in a browser that stopped answering for one. */
const RUN_WITHIN_MS = 20 * 60_000

interface Run {
  readonly name: string
  readonly projects: readonly string[]
  /** The suites that must be in its report. */
  readonly suites: readonly string[]
}

interface Totals {
  passed: number
  failed: number
  skipped: number
}

interface SuiteReport {
  readonly name: string
  readonly status: string
  readonly message: string
  readonly assertionResults: readonly {
    readonly status: string
    readonly fullName: string
    readonly failureMessages: readonly string[]
  }[]
}

interface Report {
  readonly testResults: readonly SuiteReport[]
}

const filters = process.argv.slice(2)
const nodeSuites = suitesIn('test').filter((path) => !/^test\/(browser|driven|support)\//.test(path))
const browserSuites = [...suitesIn('test/browser'), ...suitesIn('test/driven')]

rmSync(REPORTS, { recursive: true, force: true })
mkdirSync(REPORTS)

const missing = ENGINES.filter((engine) => !findEngine(engine))
const runs: Run[] = [
  { name: 'node', projects: ['node', 'types'], suites: nodeSuites },
  ...ENGINES.filter((engine) => !missing.includes(engine)).map((engine) => ({
    name: engine,
    projects: [`browser-${engine}`, `driven-${engine}`],
    suites: browserSuites,
  })),
]
const totals: Totals = { passed: 0, failed: 0, skipped: 0 }
const failures: string[] = []

for (const run of runs) {
  console.log(`\n== ${run.name}`)
  const exitCode = await vitest(run)
  const found = totalsOf(run)
  // A run can fail with every test passed, by an error that no test caught: it must not count as passed.
  if (exitCode !== 0 && found.failed === 0) {
    console.error(`${run.name}: the run itself failed (exit code ${exitCode})`)
    found.failed = 1
  }
  totals.passed += found.passed
  totals.failed += found.failed
  totals.skipped += found.skipped
  failures.push(...failuresOf(run))
}

for (const engine of missing) {
  console.log(`${engine} not found, not run: ${browserSuites.join(', ')}; to install: ${INSTALL_COMMANDS[engine]}`)
  if (process.env['REQUIRE_ENGINES']) totals.failed += browserSuites.length
}

// Said again at the end: whoever has only the end of a log must see what failed.
for (const failure of failures) console.error(`\nfailed: ${failure}`)

const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
const summary = `${totals.passed} passed, ${totals.failed} failed${skipped}`
writeFileSync(join(REPORTS, 'summary.txt'), `${summary}\n`)
console.log(`\n${summary}`)
process.exitCode = totals.failed > 0 ? 1 : 0

function suitesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => /\.(test\.tsx?|test-d\.ts)$/.test(path) && !path.includes('node_modules'))
    .sort()
}

function reportPath({ name }: Run): string {
  return join(REPORTS, `${name}.json`)
}

/** Resolves with the exit code; a run that hangs is killed with all that it started, and its code is -1. */
async function vitest(run: Run): Promise<number> {
  const projects = run.projects.map((project) => `--project=${project}`)
  const reports = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath(run)}`]
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--passWithNoTests', ...projects, ...reports, ...filters],
    { detached: true, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const interrupt = (): void => void killTree(child.pid!).finally(() => process.exit(130))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  const timer = setTimeout(() => {
    console.error(`${run.name}: took longer than ${RUN_WITHIN_MS} ms`)
    void killTree(child.pid!)
  }, RUN_WITHIN_MS)
  const exitCode = await new Promise<number>((ended) => child.once('exit', (code) => ended(code ?? -1)))
  clearTimeout(timer)
  process.off('SIGINT', interrupt)
  process.off('SIGTERM', interrupt)
  return exitCode
}

function reportOf(run: Run): Report {
  if (!existsSync(reportPath(run))) return { testResults: [] }
  return JSON.parse(readFileSync(reportPath(run), 'utf8')) as Report
}

function failuresOf(run: Run): string[] {
  return reportOf(run).testResults.flatMap((suite) => {
    const path = relative('.', suite.name)
    const tests = suite.assertionResults
      .filter(({ status }) => status === 'failed')
      .map((test) => `${run.name}: ${path}: ${test.fullName}\n${test.failureMessages.join('\n').slice(0, 3_000)}`)
    return suite.status === 'failed' && tests.length === 0 ? [`${run.name}: ${path}: ${suite.message}`] : tests
  })
}

/** Counts the tests of a report; a suite that did not load, or is not in the report at all, is a failure. */
function totalsOf(run: Run): Totals {
  const report = reportOf(run)
  const found: Totals = { passed: 0, failed: 0, skipped: 0 }
  for (const suite of report.testResults) {
    const count = (status: string): number => suite.assertionResults.filter((test) => test.status === status).length
    const [passed, failed] = [count('passed'), count('failed')]
    found.passed += passed
    found.failed += suite.status === 'failed' ? Math.max(failed, 1) : failed
    found.skipped += suite.assertionResults.length - passed - failed
  }
  if (filters.length > 0) return found
  const reported = new Set(report.testResults.map(({ name }) => resolve(name)))
  for (const suite of run.suites.filter((path) => !reported.has(resolve(path)))) {
    console.error(`${run.name}: ${suite} was not run`)
    found.failed += 1
  }
  return found
}
