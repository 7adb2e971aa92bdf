import { readFileSync } from 'node:fs'

/** The time in which a command that npm ran notices that npm is gone. */
const lookEveryMs = 500

/** Taken as early as possible: a parent that ended before leaves no trace. */
const parents = npmParents()

/**
 * Calls back once, when the command is to end: at Ctrl+C, at SIGTERM, when its terminal closes, or when npm, which ran it, has
 * ended. npm passes SIGINT and SIGTERM no further than to its shell, SIGHUP not at all, and nobody passes a SIGKILL on. (A
 * SIGINT for npm alone ends nothing where its shell is dash, npm included: Ctrl+C goes to all of them.)
 */
export function whenToldToEnd(end: () => void): void {
  const looking = parents.length > 0 ? setInterval(() => isOrphan() && told(), lookEveryMs).unref() : undefined
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const told = (): void => {
    clearInterval(looking)
    for (const signal of signals) process.off(signal, told)
    end()
  }
  for (const signal of signals) process.on(signal, told)
}

/**
 * The processes between npm and this one, npm last; empty unless npm ran it. Some shells give way to the command that they run.
 * Others (dash, that of BusyBox) stay in between, and outlive an npm that is killed.
 */
function npmParents(): number[] {
  if (process.env.npm_lifecycle_event === undefined) return []
  const pids = [process.ppid]
  for (let stat = statOf(process.ppid); stat && isShell(stat.name); stat = statOf(stat.parent)) pids.push(stat.parent)
  return pids
}

function isShell(name: string): boolean {
  return /^(?:a|ba|da|z)?sh$|^busybox$/.test(name)
}

/** Whether one of them has ended: its child has another parent from then on. */
function isOrphan(): boolean {
  return parents.some((pid, above) => (above === 0 ? process.ppid : statOf(parents[above - 1]!)?.parent) !== pid)
}

/** From Linux' `/proc`; undefined elsewhere, and for a process that is gone. */
function statOf(pid: number): { name: string; parent: number } | undefined {
  try {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return { name: name!, parent: Number(parent) }
  } catch {
    return undefined
  }
}
