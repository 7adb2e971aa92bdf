import { createApp } from './app.js'
import { createControl, type ServerControl } from './control/control.js'
import { listen } from './listen.js'
import { checkSchema, checkSchemaOfStore, checkTables } from './schema-file.js'
import { controlTokenOf, type Running, type StartOptions } from './start-options.js'
import { defaultSchema, type ColumnDefinition } from './store/columns.js'
import { databaseIn } from './store/data-directory.js'
import { openStore } from './store/store.js'
import type { TableSchema } from './store/tables.js'
import { checkSwitches, type Switches } from './switches.js'

export interface ServerOptions extends StartOptions {
  readonly appId?: string
  readonly apiKey?: string
  /** The columns of a new database; an existing one has to have them. */
  readonly schema?: readonly ColumnDefinition[]
  /** Tables of the app, by name, with their columns; a table that the database has already stays as it is. */
  readonly tables?: TableSchema
  readonly switches?: Partial<Switches>
}

export interface RunningServer extends Running {
  readonly appId: string
  readonly apiKey: string
  /** The API root with application id and key in its path. */
  readonly apiRoot: string
  readonly control: ServerControl
}

export const defaultAppId = 'holdfast-app'
export const defaultApiKey = 'holdfast-key'

/** Starts a server, on the loopback address by default; rejects if the port is taken or an option is wrong. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const {
    port = 0,
    host,
    data,
    appId = defaultAppId,
    apiKey = defaultApiKey,
    schema,
    tables = {},
    now = Date.now,
  } = options
  for (const [name, id] of Object.entries({ appId, apiKey })) {
    if (!/^[\w-]+$/.test(id)) {
      throw new Error(`${name} is a part of the path: ${JSON.stringify(id)} has other than letters, digits, - and _`)
    }
  }
  checkSwitches(options.switches ?? {})
  const controlToken = controlTokenOf(options)
  if (schema) checkSchema(schema)
  checkTables(tables)
  const store = openStore(databaseIn(data, 'backendless.db'), { schema: schema ?? defaultSchema, tables, now })
  try {
    const control = createControl(store, options.switches ?? {}, now)
    const app = createApp(store, control, now, { appId, apiKey, controlToken })
    if (schema) checkSchemaOfStore(schema, store.columns)
    const { close, ...listening } = await listen(app, { port, host })
    let stopped: Promise<void> | undefined
    return {
      ...listening,
      appId,
      apiKey,
      apiRoot: `${listening.url}/${appId}/${apiKey}`,
      controlToken,
      control,
      stop() {
        control.release()
        return (stopped ??= close().then(() => store.close()))
      },
    }
  } catch (error) {
    store.close()
    throw error
  }
}
