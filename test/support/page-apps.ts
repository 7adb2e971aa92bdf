/* The apps of docs/offline-page.md: their files are the document's own code, built by the document's own commands. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { appEnvironment } from './package/run-app.js'

/** The files that the document shows, by path: the path is the comment in the first line of each. */
export function filesShown(): ReadonlyMap<string, string> {
  const text = readFileSync('docs/offline-page.md', 'utf8')
  return new Map([...text.matchAll(/^```\w+\n\/\/ ([\w./-]+)\n(.*?)^```$/gms)].map(([, path, code]) => [path!, code!]))
}

/** The page of each app shows the name of who is logged in, and `app` is a global of it. */
const SHOW = `import { release } from './release'

export function show(app) {
  Object.assign(globalThis, { app })
  document.body.dataset.release = release
  app.users.current$.subscribe((user) => (document.querySelector('#name').textContent = String(user?.name ?? '')))
}
`

/** An app in a folder of its own. */
export interface PageApp {
  readonly folder: string
  /** Runs a program of the project's `node_modules/.bin` in the app's folder. */
  run(program: string, ...options: readonly string[]): void
  /** Runs a script of the app's folder, or of the packages beside it, with Node. */
  node(script: string, ...options: readonly string[]): void
  /** Writes the name of its release, for the next build. Its page has it as `document.body.dataset.release`. */
  name(release: string): void
  remove(): void
}

/** Writes an app of these files of the document and of others, for a backend at `apiRoot`, in a new folder in `parent`. */
export function writeApp(
  parent: string,
  shown: readonly string[],
  others: { readonly [path: string]: string },
  apiRoot: string,
): PageApp {
  const folder = mkdtempSync(resolve(parent, '.page-'))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const document = filesShown()
  for (const path of shown) {
    const code = document.get(path)
    if (code === undefined) throw new Error(`docs/offline-page.md does not show ${path}`)
    write(path, code)
  }
  write('src/backend.ts', `export const backend = { baseUrl: ${JSON.stringify(apiRoot)} }\n`)
  write('src/show.js', SHOW)
  for (const [path, text] of Object.entries(others)) write(path, text)
  const name = (release: string): void => write('src/release.js', `export const release = '${release}'\n`)
  name('first')
  const run = (program: string, options: readonly string[]): void =>
    void execFileSync(program, options, { cwd: folder, stdio: 'pipe', env: appEnvironment() })
  return {
    folder,
    name,
    run: (program, ...options) => run(resolve('node_modules/.bin', program), options),
    node: (script, ...options) => run(process.execPath, [script, ...options]),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A Vite app of these files of the document, which has the package from its sources. */
export function writeViteApp(shown: readonly string[], apiRoot: string): PageApp {
  const imports = ['app', ...(shown.includes('src/register.ts') ? ['register'] : [])]
  const others = {
    'package.json': JSON.stringify({ private: true, type: 'module' }),
    'index.html': `<!doctype html><html lang="en"><head><title>Profile</title><link rel="icon" href="data:," /></head>
<body><p id="name"></p><script type="module" src="/src/main.js"></script></body></html>`,
    'src/main.js': `${imports.map((name) => `import './${name}'`).join('\n')}
import { app } from './app'
import { show } from './show'
show(app)
`,
  }
  const app = writeApp(tmpdir(), ['src/app.ts', ...shown], others, apiRoot)
  linkPackages(app.folder)
  return app
}

/** The package itself by its own names, from its sources, and what the apps are built with. */
function linkPackages(folder: string): void {
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, 'holdfast'), { recursive: true })
  symlinkSync(resolve('src'), join(modules, 'holdfast/src'))
  const exports = Object.entries(packageJson.exports).flatMap(([entry, target]) =>
    typeof target === 'string' ? [] : [[entry, target.default.replace(/dist\/(.*)\.js$/, 'src/$1.ts')]],
  )
  writeFileSync(
    join(modules, 'holdfast/package.json'),
    JSON.stringify({ name: 'holdfast', type: 'module', sideEffects: false, exports: Object.fromEntries(exports) }),
  )
  for (const name of ['vite', 'vite-plugin-pwa', 'workbox-precaching', 'workbox-build', 'workbox-window', 'esbuild']) {
    symlinkSync(resolve('node_modules', name), join(modules, name))
  }
}
