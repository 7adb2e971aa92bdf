import { parseArgs } from 'node:util'
import { commonOptions, commonParts } from './common-options.js'
import { controlTokenVariable } from './control/control-token.js'
import { readSchemaFile, readTablesFile } from './schema-file.js'
import type { ServerOptions } from './start-server.js'
import { checkSwitches, type Switches } from './switches.js'

/** The text that `--help` prints. */
export const usage = `Usage: npm run server -- [options]

  --rest                          a server with an ordinary HTTP API in its place; --rest --help lists the options of that
  --port N                        default 4010; 0 takes a free one
  --host ADDRESS                  default 127.0.0.1; 0.0.0.0 lets other machines in
  --data DIR                      default .data
  --app-id ID, --api-key KEY      default holdfast-app, holdfast-key
  --schema FILE                   columns as in userclassprops, for a new database
  --control                       offers the control path, /control, to those who have the token that is printed;
                                  ${controlTokenVariable} sets it
  --dynamic-schema on|drop|reject default on
  --other-users allow|forbid      default allow
  --anonymous-update allow|forbid default allow
  --multiple-logins on|off        default off
  --session-timeout SECONDS       default 3600
  --time-precision ms|s           default ms
  --dead-token-status 400|401     default 400
  --object-id-with-props off|on   default off
  --client-ids allow|refuse       default allow
  --tables-forbid OPERATION       nothing (the default), create, update, find or delete
  --tables FILE                   tables of the app, {"<name>": [columns as in "properties"]}
`

const optionOf = {
  dynamicSchema: 'dynamic-schema',
  otherUsers: 'other-users',
  anonymousUpdate: 'anonymous-update',
  multipleLogins: 'multiple-logins',
  sessionTimeoutSeconds: 'session-timeout',
  timePrecision: 'time-precision',
  deadTokenStatus: 'dead-token-status',
  objectIdWithProps: 'object-id-with-props',
  clientIds: 'client-ids',
  tablesForbid: 'tables-forbid',
} as const satisfies { [name in keyof Switches]: string }

/** Reads the arguments and the environment of the command; throws an `Error` that names the wrong one. */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ServerOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...commonOptions,
      'app-id': { type: 'string' },
      'api-key': { type: 'string' },
      'dynamic-schema': { type: 'string' },
      'other-users': { type: 'string' },
      'anonymous-update': { type: 'string' },
      'multiple-logins': { type: 'string' },
      'session-timeout': { type: 'string' },
      'time-precision': { type: 'string' },
      'dead-token-status': { type: 'string' },
      'object-id-with-props': { type: 'string' },
      'client-ids': { type: 'string' },
      'tables-forbid': { type: 'string' },
      tables: { type: 'string' },
    },
  })
  if (values.help) return 'help'
  const given = Object.entries(optionOf).flatMap(([name, option]) => {
    const text = values[option]
    return text === undefined ? [] : [[name, /^\d+(\.\d+)?$/.test(text) ? Number(text) : text]]
  })
  return {
    ...commonParts(values, environment),
    switches: checkSwitches(Object.fromEntries(given), (name) => `--${optionOf[name as keyof Switches]}`),
    ...(values['app-id'] === undefined ? {} : { appId: values['app-id'] }),
    ...(values['api-key'] === undefined ? {} : { apiKey: values['api-key'] }),
    ...(values.schema === undefined ? {} : { schema: readSchemaFile(values.schema) }),
    ...(values.tables === undefined ? {} : { tables: readTablesFile(values.tables) }),
  }
}
