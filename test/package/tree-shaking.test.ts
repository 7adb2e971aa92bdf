import { SourceMap, type SourceMapPayload } from 'node:module'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { entryNames } from '../support/package/entries.js'
import { installPackage } from '../support/package/pack.js'
import { TYPESCRIPT_APP } from '../support/suites/lists.js'

/** The parts that an app pays for only if it imports them, by their places in `src`. */
const PARTS: { readonly [part: string]: RegExp } = {
  backendless: /^backendless\//,
  capacitor: /capacitor/,
  inspector: /^inspector\//,
  react: /^react\//,
  rest: /^rest\//,
  'service-worker': /^service-worker\//,
  testing: /^testing\//,
}

/** An app's use of each entry, the parts that it then has, and the libraries. */
const USES: { readonly [entry: string]: { use: string; parts: string[]; libraries: string[] } } = {
  holdfast: { use: 'openClient', parts: [], libraries: ['dexie', 'rxjs'] },
  'holdfast/backendless': {
    use: 'openBackendless',
    parts: ['backendless'],
    libraries: ['dexie', 'ky', 'rxjs'],
  },
  'holdfast/backendless/endpoint': { use: 'backendlessEndpoint', parts: ['backendless'], libraries: ['ky'] },
  'holdfast/capacitor': { use: 'capacitorPlatform', parts: ['capacitor'], libraries: [] },
  'holdfast/endpoint': { use: 'sendJson', parts: [], libraries: ['ky'] },
  'holdfast/inspector': { use: 'HoldfastInspector', parts: ['inspector'], libraries: [] },
  'holdfast/react': { use: 'hooksFor', parts: ['react'], libraries: ['react'] },
  'holdfast/rest': { use: 'openRest', parts: ['rest'], libraries: ['dexie', 'ky', 'rxjs'] },
  'holdfast/rest/endpoint': { use: 'restEndpoints', parts: ['rest'], libraries: ['ky'] },
  'holdfast/testing': { use: 'lossy', parts: ['testing'], libraries: [] },
  'holdfast/service-worker': { use: 'drainOnSync', parts: ['service-worker'], libraries: ['dexie'] },
}

beforeAll(() => installPackage(TYPESCRIPT_APP, inject('packed')))

it('each entry is tried', () => {
  expect(Object.keys(USES).sort()).toEqual(entryNames().sort())
})

describe.each(Object.entries(USES))('an app that uses %s', (entry, { use, parts, libraries }) => {
  it(`has of the parts and libraries ${[...parts, ...libraries].join(', ')}, and no other`, async () => {
    const found = await bundled(`import { ${use} } from '${entry}'; console.log(${use})`)
    const had = Object.keys(PARTS).filter((part) => found.sources.some((path) => PARTS[part]!.test(path)))
    expect({ parts: had, libraries: found.libraries }).toEqual({ parts, libraries })
  })
})

it('an app that imports an entry and uses nothing of it has no byte of ours', async () => {
  const others = entryNames().filter((entry) => entry !== 'holdfast/inspector')
  for (const entry of others) expect((await bundled(`import '${entry}'`)).sources, entry).toEqual([])
})

it('the one line that an app needs for the inspector defines the element', async () => {
  expect((await bundled(`import 'holdfast/inspector'`)).sources).toContain('inspector/element.ts')
})

/**
 * The sources that have a byte in an app's bundle. The chunks of `dist` hold code of many sources: only the maps tell
 * which of them the bundler has kept.
 */
async function bundled(contents: string): Promise<{ sources: string[]; libraries: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: resolve(TYPESCRIPT_APP) },
    bundle: true,
    external: ['react'],
    format: 'esm',
    metafile: true,
    outfile: 'unwritten.js',
    platform: 'browser',
    sourcemap: 'external',
    sourcesContent: false,
    target: 'es2022',
    write: false,
  })
  const [map, code] = ['.js.map', '.js'].map((end) => outputFiles.find(({ path }) => path.endsWith(end))!.text)
  const entries = new SourceMap(JSON.parse(map!) as SourceMapPayload)
  const kept = new Set<string>()
  for (const [line, text] of code!.split('\n').entries()) {
    for (const { index } of text.matchAll(/\S+/g)) {
      const entry = entries.findEntry(line, index)
      if ('originalSource' in entry && entry.generatedLine === line) kept.add(entry.originalSource)
    }
  }
  const own = join('node_modules', 'holdfast', 'src/')
  const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined)!
  const libraries = [
    ...Object.entries(output.inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => /node_modules\/([^/]+)\//.exec(path)?.[1] ?? 'holdfast')
      // `tslib` is rxjs' own dependency.
      .filter((name) => name !== 'tslib' && name !== 'holdfast'),
    ...output.imports.map(({ path }) => path),
  ]
  return {
    sources: [...kept].flatMap((path) => (path.includes(own) ? [path.split(own)[1]!] : [])),
    libraries: [...new Set(libraries)].sort(byName),
  }
}

function byName(left: string, right: string): number {
  return left < right ? -1 : 1
}
