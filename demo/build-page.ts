import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

export interface PageFile {
  readonly body: Buffer
  /** The same, gzipped; only where that makes it smaller. */
  readonly gzipped?: Buffer
}

/** The files of the page by path, such as `assets/index-1a2b.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>

/** A real application on Backendless, in place of the local server. */
export interface RealApplication {
  readonly appId: string
  readonly apiKey: string
  /** The origin of its API. */
  readonly url: string
}

const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js')

/** Builds Fieldbook. In a process of its own: the variables of this one, a test runner's for example, would be built in. */
export async function buildPage(application?: RealApplication): Promise<PageFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldbook-'))
  try {
    const args = [vite, 'build', join(import.meta.dirname, 'fieldbook'), '--outDir', folder, '--logLevel', 'warn']
    const env = {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      VITE_BACKENDLESS_APP_ID: application?.appId ?? '',
      VITE_BACKENDLESS_API_KEY: application?.apiKey ?? '',
      VITE_BACKENDLESS_URL: application?.url ?? '',
    }
    await promisify(execFile)(process.execPath, args, { env })
    return await filesIn(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function filesIn(folder: string): Promise<PageFiles> {
  const files = new Map<string, PageFile>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const body = await readFile(path)
    const gzipped = gzipSync(body, { level: 9 })
    files.set(relative(folder, path).replaceAll(sep, '/'), gzipped.length < body.length ? { body, gzipped } : { body })
  }
  return files
}
