/* A window of WebKitGTK as Capacitor's webview on iOS (`capacitor-window.py`); the bridge is the file of `@capacitor/ios`. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from 'esbuild'
import { expressionOf, type Tab } from './browser.js'
import { environment, startDisplay } from './mini-browser.js'
import { makeNativeSide, pluginHeaders, type NativeCall, type NativeSide } from './native-side.js'
import { killTree } from './process-tree.js'

const bridge = createRequire(import.meta.url).resolve('@capacitor/ios/Capacitor/Capacitor/assets/native-bridge.js')

/** Debian's Python, which has the libraries: another one that the machine may have does not. */
const PYTHON = '/usr/bin/python3'

export const WINDOW_INSTALL_COMMAND = 'apt-get install python3-gi gir1.2-webkit2-4.1'

/** Whether this machine has what the window is made with. */
export function hasCapacitorWindow(): boolean {
  const check = "import gi; gi.require_version('WebKit2', '4.1')"
  return spawnSync(PYTHON, ['-c', check], { stdio: 'ignore' }).status === 0
}

export interface CapacitorWindow {
  readonly page: Pick<Tab, 'evaluate' | 'reload'>
  readonly native: NativeSide
  /** SIGKILL to the window and its processes. */
  kill(): Promise<void>
}

/** One line of the window. */
type Line =
  | { id: string; value: unknown }
  | { id: string; error: string }
  | { id: string; get: string; headers: { [name: string]: string } }
  | { bridge: NativeCall }
  | { loaded: true }

/** `entry`: the page's script. `http`: CapacitorHttp is on. `folder` keeps the profile, for the next start. */
export async function openCapacitorWindow(
  folder: string,
  { entry, path, http }: { entry: string; path: string; http: boolean },
): Promise<CapacitorWindow> {
  const files = join(folder, 'app')
  mkdirSync(files, { recursive: true })
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  writeFileSync(join(files, 'page.js'), outputFiles[0]!.contents)
  writeFileSync(
    join(files, 'index.html'),
    '<!doctype html><meta charset="utf-8"><body><script type="module" src="/page.js"></script><script type="module">globalThis.hasRun = true</script>',
  )
  const script = join(folder, 'bridge.js')
  const headers = JSON.stringify(pluginHeaders)
  // `CAPBridgeViewController.swift` and `JSExport.swift` write these before the bridge.
  const before = `window.WEBVIEW_SERVER_URL = 'capacitor://localhost';
window.Capacitor = { DEBUG: false, isLoggingEnabled: false, Plugins: {}, PluginHeaders: ${headers} };\n`
  writeFileSync(script, before + readFileSync(bridge, 'utf8'))

  const display = await startDisplay()
  const child = spawn(
    PYTHON,
    [resolve('test/support/engines/capacitor-window.py'), files, folder, path, script, String(http)],
    { detached: true, env: environment(folder, display.name), stdio: ['pipe', 'pipe', 'inherit'] },
  )
  await once(child, 'spawn')
  const send = (message: object): void =>
    void child.stdin.write(`${JSON.stringify(message)}
`)

  let lastId = 0
  const answers = new Map<string, { resolve(value: unknown): void; reject(error: Error): void }>()
  let isLoaded = (): void => {}
  const nextLoad = (): Promise<void> => new Promise((resolve) => (isLoaded = resolve))
  const firstLoad = nextLoad()
  const run = (expression: string): Promise<unknown> => {
    const id = String(++lastId)
    const answer = new Promise((resolve, reject) => answers.set(id, { resolve, reject }))
    send({ id, run: expression })
    return answer
  }
  const native = makeNativeSide(
    async (result) => void (await run(`void Capacitor.fromNative(${JSON.stringify(result)})`)),
  )

  async function take(line: Line): Promise<void> {
    if ('loaded' in line) return isLoaded()
    if ('bridge' in line) {
      const result = await native.call(line.bridge)
      return void (result && (await run(`void Capacitor.fromNative(${JSON.stringify(result)})`)))
    }
    if ('get' in line) {
      const response = await native.perform({ url: line.get, method: 'GET', headers: line.headers })
      const type = response.headers.get('content-type') ?? 'text/plain'
      return send({ got: line.id, status: response.status, type, body: await response.text() })
    }
    const waiter = answers.get(line.id)
    answers.delete(line.id)
    if ('error' in line) waiter?.reject(new Error(line.error))
    else waiter?.resolve(line.value)
  }
  createInterface({ input: child.stdout }).on('line', (text) => void take(JSON.parse(text) as Line))

  /** The window can say "loaded" before the scripts of the page have run. */
  const untilRun = async (load: Promise<void>): Promise<void> => {
    await load
    while (!(await run('globalThis.hasRun === true'))) await sleep(20)
  }

  await untilRun(firstLoad)
  return {
    page: {
      evaluate: (expression, ...args) => run(expressionOf(expression, args)) as never,
      async reload() {
        const load = nextLoad()
        send({ reload: true })
        await untilRun(load)
      },
    },
    native,
    async kill() {
      await killTree(child.pid!)
      display.stop()
    },
  }
}
