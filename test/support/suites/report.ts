/* The parts of Vitest's report of a run that the list of runs needs. */
import { existsSync, readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { Run } from './runs.js'

export interface Totals {
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

export interface Report {
  readonly testResults: readonly SuiteReport[]
}

/** A report that was not written is empty. */
export function readReport(path: string): Report {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Report) : { testResults: [] }
}

export function failuresOf({ name }: Run, report: Report): string[] {
  return report.testResults.flatMap((suite) => {
    const path = relative('.', suite.name)
    const tests = suite.assertionResults
      .filter(({ status }) => status === 'failed')
      .map((test) => `${name}: ${path}: ${test.fullName}\n${test.failureMessages.join('\n').slice(0, 3_000)}`)
    return suite.status === 'failed' && tests.length === 0 ? [`${name}: ${path}: ${suite.message}`] : tests
  })
}

/** The tests that a run left out; each says why in its name. */
export function skippedIn({ name }: Run, report: Report): string[] {
  return report.testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ fullName }) => `${name}: ${fullName}`),
  )
}

/** Counts the tests of a report; a suite that did not load is a failure. */
export function totalsOf(report: Report): Totals {
  const found: Totals = { passed: 0, failed: 0, skipped: 0 }
  for (const suite of report.testResults) {
    const count = (status: string): number => suite.assertionResults.filter((test) => test.status === status).length
    const [passed, failed] = [count('passed'), count('failed')]
    found.passed += passed
    found.failed += suite.status === 'failed' ? Math.max(failed, 1) : failed
    found.skipped += suite.assertionResults.length - passed - failed
  }
  return found
}

/** The suites of the run that its report does not have. */
export function notRun(run: Run, report: Report): string[] {
  const reported = new Set(report.testResults.map(({ name }) => resolve(name)))
  return run.suites.filter((path) => !reported.has(resolve(path)))
}
