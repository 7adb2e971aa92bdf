/*
 * A disk whose power can be cut: a file with a file system in it, mounted. A copy of the file holds what the kernel had
 * written to the "disk" by then, and nothing of what it only had in memory.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A browser's profile, and what a run writes into it. */
const usualMb = 512
/** A killed browser's crash reporter, which is no child of it, ends by itself a moment later. */
const freeWithinMs = 10_000

export interface CuttableDisk {
  /** Where it is mounted. */
  readonly path: string
  /** The power goes: data that were not on the disk are gone. Processes that have files open on it have to be ending. */
  cut(): Promise<void>
  remove(): Promise<void>
}

/** Why this machine cannot have such a disk; undefined if it can. */
export function whyNoDisk(): string | undefined {
  if (process.platform !== 'linux') return 'loop devices are Linux'
  if (process.getuid?.() !== 0) return 'mounting a disk image needs root'
  return undefined
}

/** Makes a disk in a folder, and mounts it. Throws where there are no loop devices. */
export function mountDisk(folder: string, sizeMb: number = usualMb): CuttableDisk {
  const [path, image, copy] = [join(folder, 'disk'), join(folder, 'disk.img'), join(folder, 'copy.img')]
  const mount = (): void => run('mount', '-o', 'loop', image, path)
  mkdirSync(path, { recursive: true })
  run('truncate', '-s', `${sizeMb}M`, image)
  run('mkfs.ext4', '-q', '-F', image)
  mount()
  return {
    path,
    async cut() {
      run('cp', '--sparse=always', image, copy)
      // Writes all that was only in memory, to the file that is thrown away.
      await unmount(path)
      renameSync(copy, image)
      mount()
    },
    remove: () => unmount(path),
  }
}

async function unmount(path: string): Promise<void> {
  for (const until = Date.now() + freeWithinMs; ; await sleep(50)) {
    try {
      return run('umount', path)
    } catch (error) {
      if (Date.now() > until) throw error
    }
  }
}

function run(command: string, ...parameters: string[]): void {
  execFileSync(command, parameters, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
}
