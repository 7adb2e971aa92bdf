/*
 * The whole bill of each entry: the bytes that it adds to an app, of ours and of each library, bundled by esbuild, minified
 * and gzipped. Fails over a budget, and where the table of the README says something else. `--write` writes that table.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { entryFiles, entryNames } from './entries.js'
import { withoutLazy } from './lazy-files.js'

/** In the order in which they are added, each to those before it: a bundle is compressed as one. */
const LIBRARIES = ['rxjs', 'ky', 'dexie']

/** The limit of each library, in kB of 1000 bytes. Our own code has its limit in `own-size.ts`. */
const BUDGETS: { readonly [library: string]: number } = { rxjs: 3.5, ky: 5.5, dexie: 34 }

const README = 'README.md'
const [BEGIN, END] = ['<!-- npm run size -- --write -->\n', '<!-- end -->']

/** A row of the README may differ by that much before it has to be written anew, in kB. */
const TOLERANCE = 0.5

async function weigh(entry: string, external: string[]): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    external: ['react', ...external],
    format: 'esm',
    minify: true,
    platform: 'browser',
    plugins: [withoutLazy],
    target: 'es2022',
    write: false,
  })
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length / 1000
}

/** Of an entry: our own kB, then those of each library, then the sum. */
async function billOf(entry: string): Promise<number[]> {
  const sums: number[] = []
  for (let added = 0; added <= LIBRARIES.length; added++) sums.push(await weigh(entry, LIBRARIES.slice(added)))
  return [...sums.map((sum, at) => sum - (sums[at - 1] ?? 0)), sums.at(-1)!]
}

const rows = new Map<string, number[]>()
for (const [at, name] of entryNames().entries())
  rows.set(name, await billOf(entryFiles()[at]!.replace('dist/', 'src/').replace(/\.js$/, '.ts')))

const shown = (kilobytes: number): string => (kilobytes < 0.05 ? '' : kilobytes.toFixed(1))
const table = [
  `| kB, minified and gzipped | ours | ${LIBRARIES.join(' | ')} | in all |`,
  `| --- | ${'--: | '.repeat(LIBRARIES.length + 2).trimEnd()}`,
  ...[...rows].map(([name, bill]) => `| \`${name}\` | ${bill.map(shown).join(' | ')} |`),
].join('\n')
console.log(`\nThe whole bill, bundled by esbuild:\n${table}`)

const fail = (message: string): void => {
  console.error(message)
  process.exitCode = 1
}

for (const [name, bill] of rows) {
  for (const [at, library] of LIBRARIES.entries()) {
    const kilobytes = bill[at + 1]!
    if (kilobytes > BUDGETS[library]!)
      fail(`${name} takes ${kilobytes} kB of ${library}, over its budget of ${BUDGETS[library]}`)
  }
}

const readme = readFileSync(README, 'utf8')
const [before, rest] = readme.split(BEGIN)
const [written, after] = rest?.split(END) ?? []
if (after === undefined) throw new Error(`${README} has no table between ${BEGIN.trim()} and ${END}`)
if (process.argv.includes('--write')) {
  writeFileSync(README, `${before}${BEGIN}${table}\n${END}${after}`)
} else {
  const numbers = (text: string): number[] => [...text.matchAll(/\d+\.\d/g)].map(([number]) => Number(number))
  const [promised, measured] = [numbers(written!), numbers(table)]
  const same =
    written!.replaceAll(/[\d.]/g, '').trim() === table.replaceAll(/[\d.]/g, '') &&
    measured.every((number, at) => Math.abs(number - promised[at]!) <= TOLERANCE)
  if (!same) fail(`The table of sizes in ${README} is out of date: npm run size -- --write`)
}
