import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface RunningProcess {
  readonly pid: number
  /** As the kernel has it: cut after 15 characters (`WebKitNetworkPr`). */
  readonly name: string
}

/** How long killed processes may take to go before that is an error. */
const GONE_WITHIN_MS = 5_000

/** All processes below one, read from /proc, so on Linux only; elsewhere there seem to be none. */
export function descendants(root: number): RunningProcess[] {
  const children = new Map<number, RunningProcess[]>()
  for (const { parent, ...child } of allProcesses()) children.set(parent, [...(children.get(parent) ?? []), child])
  const below = (pid: number): RunningProcess[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child.pid)])
  return below(root)
}

/**
 * Kills a browser as a power cut would, all of its processes at once, and resolves when none is left. The browser must
 * lead a process group of its own; those of its processes that left the group are found by descent.
 */
export async function killTree(pid: number): Promise<void> {
  const victims = [pid, ...descendants(pid).map((child) => child.pid)]
  signalKill(-pid)
  for (const victim of victims) signalKill(victim)
  const until = Date.now() + GONE_WITHIN_MS
  while (victims.some(isRunning)) {
    if (Date.now() > until) throw new Error(`processes outlived SIGKILL: ${victims.filter(isRunning).join(', ')}`)
    await sleep(10)
  }
}

/** Sends SIGKILL without waiting: what is left to do when this process itself is on its way out. */
export function signalKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already.
  }
}

function* allProcesses(): Generator<RunningProcess & { parent: number; state: string }> {
  let entries: string[] = []
  try {
    entries = readdirSync('/proc')
  } catch {
    return
  }
  for (const entry of entries) {
    if (/^\d+$/.test(entry)) {
      const found = readProcess(Number(entry))
      if (found) yield found
    }
  }
}

/** Reads `pid (name) state parent …`; the name may hold spaces and brackets itself. */
function readProcess(pid: number): (RunningProcess & { parent: number; state: string }) | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const nameEnd = line.lastIndexOf(')')
    const [state, parent] = line.slice(nameEnd + 2).split(' ')
    return { pid, name: line.slice(line.indexOf('(') + 1, nameEnd), state: state!, parent: Number(parent) }
  } catch {
    return undefined
  }
}

/** Whether a process runs. A zombie, which only waits for its parent to read its exit code, does not. */
export function isRunning(pid: number): boolean {
  const found = readProcess(pid)
  if (found) return found.state !== 'Z'
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux'
  } catch {
    return false
  }
}
