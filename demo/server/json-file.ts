import { readFileSync } from 'node:fs'

/** Reads a JSON file; throws an `Error` that names what it is called, its path and the reason. */
export function readJsonFile(path: string, called: string): unknown {
  let text: string
  try {
    // Editors on Windows begin a file with a byte order mark, which is no JSON.
    text = readFileSync(path, 'utf8').replace(/^\ufeff/, '')
  } catch (cause) {
    throw new Error(`The ${called} ${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`The ${called} ${path} is not JSON: ${(cause as Error).message}`, { cause })
  }
}
