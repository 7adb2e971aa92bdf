/*
 * The weight of our own code in an app that uses `holdfast` and `holdfast/backendless`: both entries in one bundle, so
 * that what they share counts once, minified and gzipped, without dexie, rxjs and ky. Beside it, for information: each
 * entry by itself, and what of rxjs comes along.
 */
import { gzipSync } from 'node:zlib'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { withoutLazy } from './lazy-files.js'
import packageJson from '../../../package.json' with { type: 'json' }

/** The aim of the design, which the code misses: `docs/performance.md` has the reasons. kB as in "12 kB": 1000 bytes. */
const AIM_BYTES = 12_000

/** The limit of growth. Raised only for what users can see, with a line in `docs/performance.md`. */
const LIMIT_BYTES = 83_800

/** The limit of `holdfast/react`, without React. */
const REACT_LIMIT_BYTES = 3_000

/** The limit of `holdfast/inspector`, which no app ships. */
const INSPECTOR_LIMIT_BYTES = 10_000

/** The limit of `holdfast/testing`, which no app loads. */
const TESTING_LIMIT_BYTES = 12_000

const ENTRIES = ['./src/index.ts', './src/backendless/index.ts']

const external = ['dexie', 'rxjs', 'ky', 'react']

const options = {
  bundle: true,
  external,
  format: 'esm',
  metafile: true,
  minify: true,
  outdir: 'unwritten',
  platform: 'neutral',
  target: 'es2022',
  write: false,
} satisfies BuildOptions

/** Both entries as one module. */
const together: Plugin = {
  name: 'together',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^together$/ }, ({ path }) => ({ path, namespace: 'together' }))
    onLoad({ filter: /^together$/, namespace: 'together' }, () => ({
      contents: ENTRIES.map((entry) => `export * from '${entry}'`).join('\n'),
      resolveDir: process.cwd(),
    }))
  },
}

interface Weight {
  minifiedBytes: number
  bytes: number
  /** Minified bytes by folder of `src`. */
  rooms: Map<string, number>
}

async function weigh(input: BuildOptions): Promise<Weight> {
  const plugins = [withoutLazy, ...(input.plugins ?? [])]
  const { outputFiles, metafile } = await build({ ...options, ...input, plugins, write: false, metafile: true })
  const code = outputFiles[0]!.contents
  const rooms = new Map<string, number>()
  for (const { inputs } of Object.values(metafile!.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const room = /^src\/(.+)\//.exec(file)?.[1]
      if (room) rooms.set(room, (rooms.get(room) ?? 0) + bytesInOutput)
    }
  }
  return { minifiedBytes: code.length, bytes: gzipSync(code, { level: 9 }).length, rooms }
}

const apart = await build({ ...options, entryPoints: ENTRIES })
const names = new Set(Object.values(apart.metafile.outputs).flatMap((output) => output.exports))

// By name, since `export *` leaves out two different values of one name, and the code behind them would not be weighed.
const both: BuildOptions = {
  stdin: { contents: `export { ${[...names].join(', ')} } from 'together'` },
  plugins: [together],
}
const own = await weigh(both)
// As bundlers find it by default, of which they keep what is used.
const withRxjs = await weigh({
  ...both,
  external: external.filter((name) => name !== 'rxjs'),
})

console.log(
  `own code: ${own.bytes} bytes minified and gzipped (${own.minifiedBytes} minified), limit ${LIMIT_BYTES}, aim ${AIM_BYTES}`,
)
const limits: { readonly [entry: string]: number } = {
  './inspector': INSPECTOR_LIMIT_BYTES,
  './react': REACT_LIMIT_BYTES,
  './testing': TESTING_LIMIT_BYTES,
}
for (const [name, target] of Object.entries(packageJson.exports)) {
  if (typeof target === 'string') continue
  const source = target.default.replace('./dist/', './src/').replace(/\.js$/, '.ts')
  const { bytes } = await weigh({ entryPoints: [source] })
  console.log(`  ${name.replace('.', packageJson.name)} by itself: ${bytes} bytes`)
  const limitBytes = limits[name]
  if (limitBytes !== undefined && bytes > limitBytes) {
    console.error(`over the limit of ${limitBytes} bytes`)
    process.exitCode = 1
  }
}
for (const [room, bytes] of [...own.rooms].sort(([, a], [, b]) => b - a))
  console.log(`  of the minified bytes, src/${room}: ${bytes}`)
console.log(`rxjs, as far as it is used: ${withRxjs.bytes - own.bytes} bytes more`)
if (own.bytes > LIMIT_BYTES) {
  console.error(`over the limit by ${own.bytes - LIMIT_BYTES} bytes`)
  process.exitCode = 1
}
