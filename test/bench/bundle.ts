import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Contender } from './contenders.js'

/** Each contender's page script, as an app would ship it; by its path in the server. */
export async function bundleContenders(
  contenders: readonly Contender[],
  { minify }: { minify: boolean },
): Promise<ReadonlyMap<string, Uint8Array>> {
  const scripts = new Map<string, Uint8Array>()
  for (const { script, checkout } of new Map(contenders.map((contender) => [contender.script, contender])).values()) {
    const { outputFiles } = await build({
      entryPoints: [
        checkout
          ? join(checkout, 'test/bench/contenders', `${basename(script)}.ts`)
          : fileURLToPath(new URL(`${script}.ts`, import.meta.url)),
      ],
      bundle: true,
      define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
      format: 'esm',
      minify,
      platform: 'browser',
      target: 'es2022',
      write: false,
    })
    scripts.set(`${script}.js`, outputFiles[0]!.contents)
  }
  return scripts
}
