import { gzipSync } from 'node:zlib'
import { build, type BuildOptions } from 'esbuild'
import packageJson from '../../package.json' with { type: 'json' }

const options = {
  bundle: true,
  format: 'esm',
  minify: true,
  platform: 'browser',
  target: 'es2022',
  write: false,
} satisfies BuildOptions

const libraries = ['dexie', 'rxjs', 'ky', 'react']

/** Bytes, minified and gzipped: each entry's own code, two of them together, and what they pull in of rxjs. */
export interface Sizes {
  readonly entries: { readonly [entry: string]: number }
  readonly together: number
  readonly rxjs: number
}

export async function measureSizes(): Promise<Sizes> {
  const entries: { [entry: string]: number } = {}
  for (const [path, target] of Object.entries(packageJson.exports)) {
    if (typeof target === 'string') continue
    const source = target.default.replace('./dist/', './src/').replace(/\.js$/, '.ts')
    entries[path.replace('.', packageJson.name)] = await weigh(`export * from '${source}'`, libraries)
  }
  const both = "export * from './src/index.ts'; export { openBackendless } from './src/backendless/index.ts'"
  const together = await weigh(both, libraries)
  return { entries, together, rxjs: (await weigh(both, ['dexie', 'ky'])) - together }
}

async function weigh(contents: string, external: string[]): Promise<number> {
  const { outputFiles } = await build({ ...options, external, stdin: { contents, resolveDir: process.cwd() } })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length
}
