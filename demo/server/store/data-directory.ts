import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** The path of the database `name` in a directory, made if missing; without a directory, that of one in memory. */
export function databaseIn(directory: string | undefined, name: string): string {
  if (directory === undefined) return ':memory:'
  try {
    // The folder has accounts and sessions in it.
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new Error(`The data directory ${directory} cannot be made: ${(cause as Error).message}`, { cause })
  }
  return join(directory, name)
}
