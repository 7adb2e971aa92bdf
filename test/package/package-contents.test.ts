import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { entryFiles } from '../support/package/entries.js'

const { files } = inject('packed')

/** Neither what was built nor a file that somebody left in a folder counts as promised. */
const committed = (...patterns: string[]): string[] =>
  execFileSync('git', ['ls-files', ...patterns], { encoding: 'utf8' })
    .trim()
    .split('\n')

/** The entries, and the files that they reach by their imports. */
function reachable(extension: '.js' | '.d.ts'): string[] {
  const found = new Set(entryFiles().map((path) => path.replace(/\.js$/, extension)))
  for (const path of found) {
    const text = readFileSync(path, 'utf8')
    for (const [, target] of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g))
      found.add(join(path, '..', target!).replace(/\.js$/, extension))
  }
  return [...found]
}

it('the tarball has the code, its maps and sources, the documents, and nothing else', () => {
  const code = reachable('.js')
  expect(files).toEqual(
    [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
      ...committed('docs/*.md').filter((path) => path.split('/').length === 2),
      ...committed('src/**.ts', 'src/**.tsx'),
      ...code,
      // An entry that only hands on what other files have has no code to map.
      ...code
        .filter((path) => /^\/\/# sourceMappingURL=/m.test(readFileSync(path, 'utf8')))
        .map((path) => `${path}.map`),
      ...reachable('.d.ts'),
    ].sort(),
  )
})

it('no file of it is a test, a demo or a report, and no code names one', () => {
  expect(files.filter((path) => /(^|\/)(test|demo|bench|coverage)\/|\.test\.|\.map\.map|\.env/.test(path))).toEqual([])
  const naming = files
    .filter((path) => /^dist\/.*\.(js|ts)$/.test(path))
    .filter((path) => /["'`](\.\.?\/)*(test|demo)\/|node:/.test(readFileSync(path, 'utf8')))
  expect(naming).toEqual([])
})

it('each map of it shows a source that is in it', () => {
  for (const path of files.filter((name) => name.endsWith('.js.map'))) {
    const { sources } = JSON.parse(readFileSync(path, 'utf8')) as { sources: string[] }
    expect(files, path).toEqual(expect.arrayContaining(sources.map((source) => join(path, '..', source))))
  }
})

it('it installs three libraries at most, and nothing that runs at the install', () => {
  expect(Object.keys({ ...packageJson.dependencies, ...packageJson.peerDependencies })).toEqual([
    'dexie',
    'ky',
    'react',
    'rxjs',
  ])
  expect(packageJson.peerDependenciesMeta).toEqual({ react: { optional: true } })
  expect(Object.keys(packageJson.scripts).filter((name) => /install|prepare|pack$/.test(name))).toEqual([])
})
