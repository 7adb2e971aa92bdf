/* Fieldbook as `npm start` serves it, with a few rows. */
import { buildPage, type PageFiles } from '../../demo/build-page.js'
import { demoTables, seedDemoTables } from '../../demo/demo-tables.js'
import { demoSchema, james, seedDemoUsers } from '../../demo/demo-users.js'
import { servePage, type ServedPage } from '../../demo/serve-page.js'
import { startServer, type RunningServer } from '../../demo/server/start-server.js'
import type { UserObject } from '../../demo/server/users/user-object.js'

export interface RunningFieldbook {
  readonly server: RunningServer
  readonly page: ServedPage
  readonly files: PageFiles
  /** James as the server has him. */
  james(): UserObject
  /** His id. */
  readonly jamesId: string
  /** Ends page and server, as when the machine that serves them goes away. */
  stop(): Promise<void>
}

let built: Promise<PageFiles> | undefined

/** The files of the app, built once for all that ask. */
export function fieldbookFiles(): Promise<PageFiles> {
  return (built ??= buildPage())
}

export interface FieldbookOptions {
  readonly jobs?: number
  readonly port?: number
  readonly data?: string
}

/** Starts server and page on free ports, with James, Ann and some jobs. */
export async function startFieldbook({ jobs = 24, port = 0, data }: FieldbookOptions = {}): Promise<RunningFieldbook> {
  const files = await fieldbookFiles()
  const server = await startServer({
    control: true,
    schema: demoSchema,
    tables: demoTables,
    ...(data !== undefined && { data }),
  })
  await seedDemoUsers(server)
  await seedDemoTables(server, jobs)
  const page = await servePage({ server, port, files })
  const jamesNow = (): UserObject => server.control.readUser({ identity: james.email })!
  return {
    server,
    page,
    files,
    james: jamesNow,
    jamesId: jamesNow()['objectId'] as string,
    async stop() {
      await page.stop()
      await server.stop()
    },
  }
}
