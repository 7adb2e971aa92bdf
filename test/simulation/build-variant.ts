// Builds the library with small changes in its source text, which stays as it is on disk.
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { readSources } from '../support/architecture.js'
import { plant, type SourceChange } from './plant.js'

const root = resolve(import.meta.dirname, '../..')
/** Beside the packages, so that the built file finds them. */
const outFolder = join(root, 'node_modules/.holdfast-simulation')
const sources = readSources(join(root, 'src'))

/** Has a build read the changed sources. `unused`: those that it has not read so far. Throws when a change does not apply any more. */
export function planting(changes: readonly SourceChange[]): { plugin: Plugin; unused: ReadonlySet<string> } {
  const altered = plant(sources, changes)
  const unused = new Set(altered.keys())
  const plugin: Plugin = {
    name: 'changes',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const file = relative(join(root, 'src'), path)
        const contents = altered.get(file)
        unused.delete(file)
        return contents === undefined ? undefined : { contents, loader: 'ts' }
      })
    },
  }
  return { plugin, unused }
}

/** The changed library, with the exports of these files below `src`. Throws when a change does not apply any more. */
export async function buildVariant<Exports>(
  name: string,
  entries: readonly string[],
  changes: readonly SourceChange[],
): Promise<Exports> {
  const planted = planting(changes)
  const outfile = join(outFolder, `${name}-${Date.now().toString(36)}.mjs`)
  const built = await build({
    stdin: {
      contents: entries.map((entry) => `export * from './${entry}'`).join('\n'),
      resolveDir: join(root, 'src'),
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    packages: 'external',
    plugins: [planted.plugin],
  })
  if (planted.unused.size) throw new Error(`${name}: ${[...planted.unused].join()} is not part of the library`)
  await mkdir(outFolder, { recursive: true })
  await writeFile(outfile, built.outputFiles[0]!.contents)
  return (await import(pathToFileURL(outfile).href)) as Exports
}
