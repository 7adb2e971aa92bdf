/* WebKitGTK's MiniBrowser under a virtual display: the only WebKit of Debian with a profile on disk. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Taste } from './browser.js'
import { requireEngine } from './detect.js'
import { killTree, signalKill } from './process-tree.js'

const MINI_BROWSER_ARGUMENTS = [
  // `navigator.storage` and its files are off by default in MiniBrowser; Safari has them.
  '--features=+StorageAPI,+StorageAPIEstimate,+FileSystem,+AccessHandle,+FileSystemWritableStream',
  '--javascript-can-open-windows-automatically=true',
]

/** Starts MiniBrowser on a page, in a process group of its own. It says nothing when the page has loaded. */
export async function startMiniBrowser(
  profileDir: string,
  url: string,
  isPrivate = false,
  taste?: Taste,
): Promise<{ pid: number; kill(): Promise<void> }> {
  const executable = requireEngine('webkit')
  const display = await startDisplay()
  if (taste) setMotion(profileDir, taste)
  const child = spawn(
    executable,
    [...MINI_BROWSER_ARGUMENTS, ...(isPrivate ? ['--private'] : []), ...(taste?.isDark ? ['--dark-mode'] : []), url],
    {
      detached: true,
      env: environment(profileDir, display.name),
      stdio: 'ignore',
    },
  )
  const pid = await pidOf(child)
  const onExit = (): void => {
    signalKill(-pid)
    display.stop()
  }
  process.once('exit', onExit)
  return {
    pid,
    async kill() {
      process.off('exit', onExit)
      await killTree(pid)
      display.stop()
    },
  }
}

/** WebKitGTK has the wish for little motion from the settings of GTK. */
function setMotion(profileDir: string, { isStill }: Taste): void {
  const folder = join(profileDir, 'config', 'gtk-3.0')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'settings.ini'), `[Settings]\ngtk-enable-animations=${Number(!isStill)}\n`)
}

/** Software rendering and no session bus: with a bus, each start would leave two daemons running. */
export function environment(profileDir: string, display: string): NodeJS.ProcessEnv {
  const folder = (name: string): string => {
    const path = join(profileDir, name)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  }
  return {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    DISPLAY: display,
    HOME: profileDir,
    XDG_DATA_HOME: folder('data'),
    XDG_CACHE_HOME: folder('cache'),
    XDG_CONFIG_HOME: folder('config'),
    XDG_RUNTIME_DIR: folder('run'),
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    GDK_BACKEND: 'x11',
    GSETTINGS_BACKEND: 'memory',
    GTK_A11Y: 'none',
    NO_AT_BRIDGE: '1',
    LIBGL_ALWAYS_SOFTWARE: '1',
    WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    WEBKIT_DISABLE_DMABUF_RENDERER: '1',
  }
}

/** An X server without a screen; it picks a free display and writes its number to the descriptor it is given. */
export async function startDisplay(): Promise<{ name: string; stop(): void }> {
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  await pidOf(child)
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`Xvfb ended with code ${code}`)
  })
  const [number] = (await Promise.race([once(child.stdio[3] as Readable, 'data'), failed])) as [Buffer]
  failed.catch(() => {})
  return { name: `:${number.toString().trim()}`, stop: () => void child.kill() }
}

async function pidOf(child: ChildProcess): Promise<number> {
  if (child.pid === undefined) await once(child, 'spawn')
  return child.pid!
}
