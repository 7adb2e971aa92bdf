import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const lockFile = join(here, 'package-lock.json')
/** A copy of the lock file that was installed, so that another one is installed anew. */
const stamp = join(here, 'node_modules', '.installed.json')

/** Installs the peers beside the benchmark, where nobody else pays for them, unless that has been done. */
export function installPeers(): void {
  const wanted = readFileSync(lockFile, 'utf8')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.log('Installing what is compared with, in test/bench (once)')
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: here, stdio: 'inherit' })
  writeFileSync(stamp, wanted)
}
