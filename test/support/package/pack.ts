import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'

/** The package as `npm pack` makes it from a fresh build. */
export interface Packed {
  readonly tarball: string
  /** The paths in it, in order. */
  readonly files: readonly string[]
}

declare module 'vitest' {
  interface ProvidedContext {
    packed: Packed
  }
}

/** Builds and packs once, for all suites of a run. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-package-'))
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
  const answer = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { encoding: 'utf8' })
  const [packed] = JSON.parse(answer) as [{ filename: string; files: { path: string }[] }]
  project.provide('packed', {
    tarball: join(folder, packed.filename),
    files: packed.files.map(({ path }) => path).sort(),
  })
  return () => rmSync(folder, { recursive: true, force: true })
}

/**
 * Installs the tarball in a folder whose own packages are there, as an app's developer does. npm asks the registry for what its cache does not
 * tell of these packages: on a new machine it has their files alone.
 */
export function installPackage(folder: string, { tarball }: Packed): void {
  rmSync(join(folder, 'node_modules/holdfast'), { recursive: true, force: true })
  const options = ['--no-save', '--no-package-lock', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']
  execFileSync('npm', ['install', ...options, resolve(tarball)], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
