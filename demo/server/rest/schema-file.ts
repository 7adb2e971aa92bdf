import { fileURLToPath } from 'node:url'
import { readJsonFile } from '../json-file.js'
import { checkSchema, type Schema } from './schema.js'

/** Reads a schema of the REST mode; throws an `Error` that names the file and the reason. */
export function readRestSchema(path: string): Schema {
  const value = readJsonFile(path, 'schema')
  try {
    return checkSchema(value)
  } catch (cause) {
    throw new Error(`The schema ${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Authors, notebooks, notes and jobs, and two accounts. */
export function defaultRestSchema(): Schema {
  return readRestSchema(fileURLToPath(new URL('default-schema.json', import.meta.url)))
}
