import { controlTokenVariable } from './control/control-token.js'
import type { StartOptions } from './start-options.js'

/** The options of a command line that both modes have, as `parseArgs` takes them. */
export const commonOptions = {
  help: { type: 'boolean' },
  port: { type: 'string', default: '4010' },
  host: { type: 'string' },
  data: { type: 'string', default: '.data' },
  schema: { type: 'string' },
  control: { type: 'boolean', default: false },
} as const

export interface CommonValues {
  readonly port: string
  readonly host?: string | undefined
  readonly data: string
  readonly control: boolean
  readonly schema?: string | undefined
}

/** The options of the start that both modes have; throws an `Error` that names a wrong port. */
export function commonParts(
  { port, host, data, control }: CommonValues,
  environment: Readonly<Record<string, string | undefined>>,
): Pick<StartOptions, 'port' | 'host' | 'data' | 'control' | 'controlToken'> {
  const controlToken = environment[controlTokenVariable]
  return {
    port: portOf('--port', port),
    data,
    control,
    ...(host === undefined ? {} : { host }),
    ...(controlToken ? { controlToken } : {}),
  }
}

/** A port as a person wrote it; throws an `Error` that names the option and its value. */
export function portOf(option: string, text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new Error(`${option} has to be a whole number from 0 to 65535, not ${JSON.stringify(text)}`)
}
