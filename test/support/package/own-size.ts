/*
 * The weight of our own code in an app that uses `holdfast` and `holdfast/backendless`: both entries in one bundle, so
 * that what they share counts once, minified and gzipped, without dexie, rxjs and ky.
 */
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** kB as in "12 kB": 1000 bytes. */
const LIMIT_BYTES = 12_000

const { outputFiles } = await build({
  stdin: { contents: "export * from './src/index.ts'\nexport * from './src/backendless/index.ts'", resolveDir: '.' },
  bundle: true,
  external: ['dexie', 'rxjs', 'ky'],
  format: 'esm',
  minify: true,
  platform: 'neutral',
  target: 'es2022',
  treeShaking: true,
  write: false,
})
const code = outputFiles[0]!.contents
const sizeBytes = gzipSync(code, { level: 9 }).length

console.log(`own code: ${sizeBytes} bytes minified and gzipped (${code.length} minified), limit ${LIMIT_BYTES}`)
if (sizeBytes > LIMIT_BYTES) {
  console.error(`over the limit by ${sizeBytes - LIMIT_BYTES} bytes`)
  process.exitCode = 1
}
