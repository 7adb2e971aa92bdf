import { parseArgs, type ParseArgsConfig } from 'node:util'
import { commonOptions, commonParts, type CommonValues } from '../common-options.js'
import { usualCors } from './cors.js'
import { readRestSchema } from './schema-file.js'
import type { RestServerOptions } from './start-rest-server.js'
import { checkRestSwitches, defaultRestSwitches, restSwitchValues, type RestSwitches } from './switches.js'

const switchNames = Object.keys(restSwitchValues) as (keyof RestSwitches)[]

/** `sessionTimeoutSeconds` is `--session-timeout`, and any other switch its name in small letters. */
function optionOf(name: string): string {
  return name.replace(/Seconds$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** The text that `--rest --help` prints. */
export const restUsage: string = `Usage: npm run server -- --rest [options]

  --port N, --host ADDRESS, --data DIR, --control
                            as without --rest
  --schema FILE             the collections and the accounts; docs/server.md has the form
  --body-limit BYTES        default 4194304
  --cors-headers A,B        the headers that pages may send
                            default ${usualCors.allowHeaders.join(',')}
  --origins any|local|A,B   the pages that may use the API: default any, with cookies those of this machine
${switchNames.map(lineOf).join('\n')}
`

function lineOf(name: keyof RestSwitches): string {
  const values = restSwitchValues[name]
  const shown = values === 'seconds' ? 'SECONDS' : values.join('|')
  return `  ${`--${optionOf(name)} ${shown}`.padEnd(50)} default ${defaultRestSwitches[name]}`
}

/** Reads the arguments of the REST mode; throws an `Error` that names the wrong one. */
export function readRestCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RestServerOptions | 'help' {
  const own: NonNullable<ParseArgsConfig['options']> = {
    rest: { type: 'boolean' },
    'body-limit': { type: 'string' },
    'cors-headers': { type: 'string' },
    origins: { type: 'string' },
    ...Object.fromEntries(switchNames.map((name) => [optionOf(name), { type: 'string' as const }])),
  }
  const { values } = parseArgs({ args: [...args], options: { ...commonOptions, ...own } })
  const text = values as CommonValues & { [option: string]: string | undefined }
  if (values.help) return 'help'
  const switches = switchNames.flatMap((name) => {
    const given = text[optionOf(name)]
    return given === undefined ? [] : [[name, /^\d+(\.\d+)?$/.test(given) ? Number(given) : given]]
  })
  const limit = text['body-limit']
  if (limit !== undefined && !/^[1-9]\d{0,14}$/.test(limit)) {
    throw new Error(`--body-limit has to be a number of bytes, not ${JSON.stringify(limit)}`)
  }
  const list = (option: string): string[] | undefined => text[option]?.split(',').filter((item) => item !== '')
  const [allowHeaders, origins] = [list('cors-headers'), list('origins')]
  return {
    ...commonParts(text, environment),
    switches: checkRestSwitches(Object.fromEntries(switches), (name) => `--${optionOf(name)}`),
    ...(text.schema === undefined ? {} : { schema: readRestSchema(text.schema) }),
    ...(limit === undefined ? {} : { largestBodyBytes: Number(limit) }),
    cors: {
      ...(allowHeaders && { allowHeaders }),
      ...(origins && {
        origins: origins.length === 1 && /^(any|local)$/.test(origins[0]!) ? (origins[0] as 'any' | 'local') : origins,
      }),
    },
  }
}
