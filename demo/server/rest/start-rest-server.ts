import { listen } from '../listen.js'
import { controlTokenOf, type Running, type StartOptions } from '../start-options.js'
import { databaseIn } from '../store/data-directory.js'
import { createRestApp, rootPath } from './app.js'
import { createRestControl, type RestControl } from './control.js'
import type { CorsSettings } from './cors.js'
import { defaultRestSchema } from './schema-file.js'
import { checkSchema, type Schema } from './schema.js'
import { openRestStore } from './store/rest-store.js'
import type { RestSwitches } from './switches.js'
import type { WriteHook } from './write-record.js'

export interface RestServerOptions extends StartOptions {
  /** Default: that of the data, else `default-schema.json`. New collections and fields may join stored ones. */
  readonly schema?: Schema
  readonly switches?: Partial<RestSwitches>
  readonly cors?: Partial<CorsSettings>
  /** The server's own logic on each write. */
  readonly hook?: WriteHook
  /** Largest body of a request. Default 4 MiB. */
  readonly largestBodyBytes?: number
}

export interface RunningRestServer extends Running {
  /** The API's root, with a slash at the end: the `url` of a client. */
  readonly root: string
  readonly schema: Schema
  readonly control: RestControl
}

const usualBodyBytes = 4 * 1024 * 1024

/** Starts a server of the REST mode, on the loopback address by default; rejects if the port is taken or an option is wrong. */
export async function startRestServer(options: RestServerOptions = {}): Promise<RunningRestServer> {
  const { port = 0, host, data, schema, switches = {}, cors = {}, hook, now = Date.now } = options
  const { largestBodyBytes = usualBodyBytes } = options
  if (!Number.isSafeInteger(largestBodyBytes) || largestBodyBytes < 1) {
    throw new Error(`The largest body has to be a whole number of bytes, not ${JSON.stringify(largestBodyBytes)}`)
  }
  const controlToken = controlTokenOf(options)
  const store = await openRestStore(databaseIn(data, 'rest.db'), {
    schema: schema && checkSchema(schema),
    fallback: defaultRestSchema(),
    now,
  })
  try {
    const control = createRestControl(store, { switches, cors, hook }, now)
    const app = createRestApp(store, control, now, { controlToken, largestBodyBytes })
    const { close, ...listening } = await listen(app, { port, host })
    let stopped: Promise<void> | undefined
    return {
      ...listening,
      root: `${listening.url}${rootPath}/`,
      schema: store.schema,
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
