import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireEngine } from '../support/engines/detect.js'

const calls = 'fdatasync,fsync'

/** Why no process can be traced on this machine, in one line. */
export function whyNoSlowDisk(): string | undefined {
  const { error, status, stderr } = spawnSync(
    'strace',
    ['-f', '--seccomp-bpf', '-qq', '-e', `trace=${calls}`, '-o', '/dev/null', 'true'],
    { encoding: 'utf8' },
  )
  if (error) return 'not measured: strace is missing'
  return status ? `not measured: ${stderr.trim().split('\n')[0]}` : undefined
}

/**
 * Makes a program that starts a Chromium whose flushes are noted in a file, each in a line, and take so much longer. Only these calls are
 * stopped, so that all else keeps its speed.
 */
export function slowDiskChromium(folder: string, { delayUs, notes }: { delayUs: number; notes: string }): string {
  const program = join(folder, 'chromium')
  const inject = delayUs ? `-e inject=${calls}:delay_enter=${delayUs}` : ''
  const real = requireEngine('chromium')
  writeFileSync(
    program,
    `#!/bin/sh\nexec strace -f --seccomp-bpf -qq -e trace=${calls} ${inject} -o ${notes} ${real} "$@"\n`,
  )
  chmodSync(program, 0o755)
  return program
}
