// Builds the library with small changes in its source text, which stays as it is on disk.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import type { openBackendless } from '../../src/backendless/index.js'

export interface SourceChange {
  /** Below src/. */
  file: string
  /** Text that stands there exactly once. */
  find: string
  replace: string
}

const root = resolve(import.meta.dirname, '../..')
/** Beside the packages, so that the built file finds them. */
const outFolder = join(root, 'node_modules/.holdfast-simulation')

/** Opens the changed library. Throws when a change does not apply any more. */
export async function buildVariant(
  name: string,
  changes: readonly SourceChange[],
): Promise<{ openBackendless: typeof openBackendless }> {
  const textByPath = new Map<string, string>()
  for (const { file, find, replace } of changes) {
    const path = join(root, 'src', file)
    const text = textByPath.get(path) ?? (await readFile(path, 'utf8'))
    const count = text.split(find).length - 1
    if (count !== 1) throw new Error(`${name}: "${find}" stands ${count} times in src/${file}, not once`)
    textByPath.set(
      path,
      text.replace(find, () => replace),
    )
  }
  const unused = new Set(textByPath.keys())
  const outfile = join(outFolder, `${name}-${Date.now().toString(36)}.mjs`)
  const built = await build({
    entryPoints: [join(root, 'src/backendless/index.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    packages: 'external',
    plugins: [
      {
        name: 'changes',
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const contents = textByPath.get(path)
            unused.delete(path)
            return contents === undefined ? undefined : { contents, loader: 'ts' }
          })
        },
      },
    ],
  })
  if (unused.size) throw new Error(`${name}: ${[...unused].join()} is not part of the library`)
  await mkdir(outFolder, { recursive: true })
  await writeFile(outfile, built.outputFiles[0]!.contents)
  return (await import(pathToFileURL(outfile).href)) as { openBackendless: typeof openBackendless }
}
