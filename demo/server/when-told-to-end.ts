/** How soon a command that npm ran sees that npm is gone. */
const lookEveryMs = 500

/**
 * Calls back once, when the command is to end: at Ctrl+C, at SIGTERM, or when npm, which ran it, has ended. npm passes a SIGTERM
 * no further than to its shell.
 */
export function whenToldToEnd(end: () => void): void {
  const { ppid } = process
  const isNpms = process.env.npm_lifecycle_event !== undefined
  const looking = isNpms ? setInterval(() => process.ppid === ppid || told(), lookEveryMs).unref() : undefined
  const signals = ['SIGINT', 'SIGTERM'] as const
  const told = (): void => {
    clearInterval(looking)
    for (const signal of signals) process.off(signal, told)
    end()
  }
  for (const signal of signals) process.on(signal, told)
}
