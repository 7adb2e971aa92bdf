import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** The code that an app gets with an entry of this library, and the files that it comes from. */
async function bundle(entry: string): Promise<{ code: string; files: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    external: ['dexie', 'rxjs', 'ky'],
    bundle: true,
    format: 'esm',
    metafile: true,
    outdir: 'unwritten',
    write: false,
  })
  return { code: outputFiles[0]!.text, files: Object.keys(metafile.inputs) }
}

describe.each(['src/rest/index.ts', 'src/rest/endpoint.ts', 'src/endpoint/index.ts'])('%s', (entry) => {
  it('has not a byte of Backendless in it, and of rxjs and dexie only for pages', async () => {
    const { code, files } = await bundle(entry)
    expect(files).toContain(entry)
    expect(files.filter((file) => file.includes('backendless'))).toEqual([])
    expect(code).not.toMatch(/backendless|objectId|user-token/i)
    if (entry !== 'src/rest/index.ts') expect(code).not.toMatch(/from "(rxjs|dexie)/)
  })
})

it.each(['src/backendless/index.ts', 'src/backendless/endpoint.ts', 'src/index.ts', 'src/service-worker/index.ts'])(
  '%s has not a byte of the REST face in it',
  async (entry) => {
    const { files } = await bundle(entry)
    expect(files).toContain(entry)
    expect(files.filter((file) => file.startsWith('src/rest/'))).toEqual([])
  },
)
