/*
 * Fails where `npm ci` would: a lock file written while some platform's binary could not be resolved lists an optional
 * dependency that it has no entry for. `npm install` does not notice; the next machine does.
 */
import { readFileSync } from 'node:fs'
import { APPS } from '../suites/lists.js'

interface LockedPackage {
  optionalDependencies?: Record<string, string>
}

const locks = [
  'package-lock.json',
  'test/apps/jest/package-lock.json',
  'test/apps/typescript/package-lock.json',
  ...Object.values(APPS).map((folder) => `${folder}/package-lock.json`),
  'test/bench/package-lock.json',
  'test/ky-2/package-lock.json',
  'test/lighthouse/package-lock.json',
  'test/servers/json-server/package-lock.json',
]
for (const file of locks) {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, LockedPackage> }
  const locked = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)))
  const missing = Object.values(packages)
    .flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
    .filter((name) => !locked.has(name))

  if (missing.length > 0) {
    console.error(`${file} has no entry for ${missing.join(', ')}: pin a version whose platforms all resolve.`)
    process.exitCode = 1
  } else {
    console.log(`${file} is complete (${locked.size} packages).`)
  }
}
