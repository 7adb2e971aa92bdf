/* The apps of docs/offline-page.md: their files are the document's own code, built by the document's own commands. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }

/** The files that the document shows, by path: the path is the comment in the first line of each. */
export function filesShown(): ReadonlyMap<string, string> {
  const text = readFileSync('docs/offline-page.md', 'utf8')
  return new Map([...text.matchAll(/^```\w+\n\/\/ ([\w./-]+)\n(.*?)^```$/gms)].map(([, path, code]) => [path!, code!]))
}

/** A Vite app in a folder of its own. */
export interface PageApp {
  readonly folder: string
  /** Runs a program of the project's `node_modules/.bin` in the app's folder. */
  run(program: string, ...options: readonly string[]): void
  remove(): void
}

/** Writes an app of these files of the document, for a backend at `apiRoot`. `app` is a global of its page. */
export function writeApp(paths: readonly string[], apiRoot: string): PageApp {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-page-'))
  const shown = filesShown()
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const path of ['src/app.ts', ...paths]) {
    const code = shown.get(path)
    if (code === undefined) throw new Error(`docs/offline-page.md does not show ${path}`)
    write(path, code)
  }
  write('package.json', JSON.stringify({ private: true, type: 'module' }))
  write('src/backend.ts', `export const backend = { baseUrl: ${JSON.stringify(apiRoot)} }\n`)
  const imports = ['app', ...(paths.includes('src/register.ts') ? ['register'] : [])]
  write(
    'src/main.ts',
    `${imports.map((name) => `import './${name}'`).join('\n')}
import { app } from './app'
Object.assign(globalThis, { app })
app.users.current$.subscribe((user) => (document.querySelector('#name')!.textContent = String(user?.name ?? '')))
`,
  )
  write(
    'index.html',
    `<!doctype html><html lang="en"><head><title>Profile</title><link rel="icon" href="data:," /></head>
<body><p id="name"></p><script type="module" src="/src/main.ts"></script></body></html>`,
  )
  linkPackages(folder)
  return {
    folder,
    run(program, ...options) {
      execFileSync(resolve('node_modules/.bin', program), options, { cwd: folder, stdio: 'pipe' })
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
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
