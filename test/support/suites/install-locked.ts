import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Installs the packages of a folder's own lock file into that folder, where nobody else pays for them, unless they are
 * there already.
 */
export function installLocked(folder: string, what: string): void {
  const wanted = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  // A copy of the lock file that was installed, so that another one is installed anew.
  const stamp = join(folder, 'node_modules', '.installed.json')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.log(`Installing ${what}, in ${folder} (once)`)
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder, stdio: 'inherit' })
  writeFileSync(stamp, wanted)
}
