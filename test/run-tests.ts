/*
 * `npm test`: the suites of Node, and the main scenarios in the first browser engine that this machine has. It names what
 * it left out. `npm run test:all` (`--all`): the same, and then all the rest, with every engine. An engine that is missing
 * is named, and is a failure only where REQUIRE_ENGINES is set. The last line sums all runs up.
 * Other arguments are handed to Vitest: `npm test -- lane` runs the suites with `lane` in their names.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { ENGINES, findEngine, INSTALL_COMMANDS } from './support/engines/detect.js'
import { killTree } from './support/engines/process-tree.js'
import { DJANGO_INSTALL_COMMAND, hasDjango } from './support/suites/django.js'
import { installLocked } from './support/suites/install-locked.js'
import { BROWSER_SCOPE } from './support/suites/lists.js'
import { installNewestNode, type InstalledNode } from './support/suites/newest-node.js'
import { failuresOf, notRun, readReport, skippedIn, totalsOf, type Totals } from './support/suites/report.js'
import { browserSuites, namesOf, planRuns, type Run } from './support/suites/runs.js'

const REPORTS = '.test-reports'

/** A run that takes longer hangs, in a browser that stopped answering for one. */
const RUN_WITHIN_MS = 20 * 60_000

const everything = process.argv.includes('--all')
const filters = process.argv.slice(2).filter((argument) => argument !== '--all')

rmSync(REPORTS, { recursive: true, force: true })
mkdirSync(REPORTS)

const missing = ENGINES.filter((engine) => !findEngine(engine))
const { main, more } = planRuns(ENGINES.filter((engine) => !missing.includes(engine)))
const totals: Totals = { passed: 0, failed: 0, skipped: 0 }
const failures: string[] = []
const minutes: string[] = []
const skipped: string[] = []

for (const run of everything ? [...main, ...more] : main) {
  console.log(`\n== ${run.name}`)
  const startMs = performance.now()
  const found = await carryOut(run)
  totals.passed += found.passed
  totals.failed += found.failed
  totals.skipped += found.skipped
  minutes.push(`${run.name}: ${((performance.now() - startMs) / 60_000).toFixed(1)} minutes, ${said(found)}`)
  // After each run: a machine that is stopped in the middle has said what took its time.
  writeFileSync(join(REPORTS, 'minutes.txt'), `${minutes.join('\n')}\n`)
}

if (!everything) {
  console.log('\nLeft out, and run by `npm run test:all`:')
  for (const run of more) console.log(`  ${run.name}: ${namesOf(run)}`)
}
for (const engine of missing) {
  console.log(
    `${engine} not found, nothing of test/browser and test/driven run in it; to install: ${INSTALL_COMMANDS[engine]}`,
  )
  if (process.env['REQUIRE_ENGINES']) totals.failed += browserSuites().length
}
if (!hasDjango()) {
  console.log(
    `Django REST framework not found, nothing of test/servers run on it; to install: ${DJANGO_INSTALL_COMMAND}`,
  )
  if (everything && process.env['REQUIRE_ENGINES']) totals.failed++
}
if (skipped.length > 0) console.log(`\nSkipped:\n  ${skipped.join('\n  ')}`)
if (filters.length > 0 && said(totals) === said({ passed: 0, failed: 0, skipped: 0 })) {
  console.error(`No test of ${everything ? '`npm run test:all`' : '`npm test`'} goes by: ${filters.join(' ')}`)
  process.exitCode = 1
}

// Repeats the failures at the end: a reader who has only the end of a log must see them.
for (const failure of failures) console.error(`\nfailed: ${failure}`)

console.log(`\n${minutes.join('\n')}`)
const summary = said(totals)
writeFileSync(join(REPORTS, 'summary.txt'), `${summary}\n`)
console.log(`\n${summary}`)
if (totals.failed > 0) process.exitCode = 1

function said({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

async function carryOut(run: Run): Promise<Totals> {
  if (!(run.needs ?? []).every(installed)) return { passed: 0, failed: run.suites.length, skipped: 0 }
  const reportPath = join(REPORTS, `${run.name.replaceAll(/\W+/g, '-')}.json`)
  const node = run.onNewestNode ? newestNode() : undefined
  if (run.onNewestNode && !node) return { passed: 0, failed: run.suites.length, skipped: 0 }
  const exitCode = await vitest(run, reportPath, node?.executable)
  node?.remove()
  const report = readReport(reportPath)
  const found = totalsOf(report)
  // A run can fail with every test passed, by an error that no test caught: it must not count as passed.
  if (exitCode !== 0 && found.failed === 0) {
    console.error(`${run.name}: the run itself failed (exit code ${exitCode})`)
    found.failed = 1
  }
  for (const suite of filters.length > 0 ? [] : notRun(run, report)) {
    console.error(`${run.name}: ${suite} was not run`)
    found.failed++
  }
  failures.push(...failuresOf(run, report))
  if (filters.length === 0) skipped.push(...skippedIn(run, report))
  return found
}

/** Without what it needs a run fails, and the others go on. */
function installed(folder: string): boolean {
  try {
    installLocked(folder, basename(folder))
    return true
  } catch (error) {
    failures.push(`${folder} could not be installed: ${String(error)}`)
    return false
  }
}

/** Says which one it is. Without it the run fails, and the others go on. */
function newestNode(): InstalledNode | undefined {
  try {
    const node = installNewestNode()
    console.log(`Node ${node.version}`)
    minutes.push(`The newest Node is ${node.version}.`)
    return node
  } catch (error) {
    failures.push(`the newest Node could not be installed: ${String(error)}`)
    return undefined
  }
}

/** Resolves with the exit code; a run that hangs is killed with all that it started, and its code is -1. */
async function vitest(
  { name, projects, scope }: Run,
  reportPath: string,
  node: string = process.execPath,
): Promise<number> {
  const reports = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`]
  const options = [
    '--passWithNoTests',
    ...projects.map((project) => `--project=${project}`),
    // Vitest leaves one processor to itself, which has little to do here; suites in a browser run one at a time.
    ...(projects.some((project) => project.startsWith('browser-')) ? [] : [`--maxWorkers=${availableParallelism()}`]),
  ]
  const child = spawn(node, ['node_modules/vitest/vitest.mjs', 'run', ...options, ...reports, ...filters], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, [BROWSER_SCOPE]: scope },
  })
  const interrupt = (): void => void killTree(child.pid!).finally(() => process.exit(130))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  const timer = setTimeout(() => {
    console.error(`${name}: took longer than ${RUN_WITHIN_MS} ms`)
    void killTree(child.pid!)
  }, RUN_WITHIN_MS)
  const exitCode = await new Promise<number>((ended) => child.once('exit', (code) => ended(code ?? -1)))
  clearTimeout(timer)
  process.off('SIGINT', interrupt)
  process.off('SIGTERM', interrupt)
  return exitCode
}
