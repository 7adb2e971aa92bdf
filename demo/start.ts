/* `npm start`: Fieldbook, and the local server that it talks to; or Fieldbook alone, for a real application. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { RealApplication } from './build-page.js'
import { ann, demoSchema, james, seedDemoUsers } from './demo-users.js'
import { demoTables, seedDemoTables } from './demo-tables.js'
import { atNextFreePort } from './next-free-port.js'
import { applicationOf, missingIn } from './real-application.js'
import { servePage, type ServedPage } from './serve-page.js'
import { portOf } from './server/common-options.js'
import { controlTokenVariable } from './server/control/control-token.js'
import { startServer, type RunningServer } from './server/start-server.js'
import { whenToldToEnd } from './server/when-told-to-end.js'

const running: { stop(): Promise<void> }[] = []
const stopAll = (): Promise<unknown> => Promise.all(running.map((each) => each.stop()))

// Registered first, since building the page takes seconds; and with an exit at the end, since nothing can stop a build.
whenToldToEnd(() => void stopAll().then(() => process.exit()))
try {
  await start()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
  await stopAll()
}

async function start(): Promise<void> {
  const { values } = parseArgs({
    options: {
      host: { type: 'string' },
      port: { type: 'string', default: '4010' },
      'page-port': { type: 'string', default: '4020' },
      // A folder of its own: `npm run server` keeps its users, who have other columns, beside it.
      data: { type: 'string', default: join('.data', 'fieldbook') },
      // Of a new data folder.
      jobs: { type: 'string', default: '2000' },
    },
  })
  const [serverPort, pagePort] = [portOf('--port', values.port), portOf('--page-port', values['page-port'])]
  const { host, data, jobs } = values
  const application = applicationOf(process.env)
  const server = application ? undefined : await startLocal(serverPort, data, Number(jobs))
  const page = await servePage({ server, application, host, port: pagePort })
  running.push(page)
  const lines = server ? linesOfServer(server, data) : await linesOfApplication(application!)
  process.stdout.write(
    `\n${[...linesOfPage(page), ...lines, 'Ctrl+C ends it.'].map((line) => `  ${line}`).join('\n')}\n\n`,
  )
}

/** Nobody else reaches it but through the page. */
async function startLocal(serverPort: number, data: string, jobs: number): Promise<RunningServer> {
  const controlToken = process.env[controlTokenVariable]
  const server = await atNextFreePort(serverPort, (port) =>
    startServer({
      port,
      data,
      schema: demoSchema,
      tables: demoTables,
      control: true,
      ...(controlToken && { controlToken }),
    }),
  )
  running.push(server)
  await seedDemoUsers(server)
  await seedDemoTables(server, jobs)
  return server
}

function linesOfPage({ url, networkUrls, sentBytes }: ServedPage): string[] {
  const first = `Fieldbook ${url} (${Math.round(sentBytes / 1000)} kB as sent, kept for visits without a network)`
  if (networkUrls.length === 0) return [first]
  return [
    first,
    ...networkUrls.map((one) => `          ${one} (for everyone on this network)`),
    '',
    'Browsers withhold from plain http there: service workers (so no start without a network, no installation and no',
    'background sync), Web Locks and persistent storage. Edits are kept all the same while the page is open, and after it.',
    '',
  ]
}

function linesOfServer({ url, controlToken }: RunningServer, data: string): string[] {
  return [
    `server    ${url} (data in ${data})`,
    `control   ${controlToken} (the token of ${url}/control)`,
    '',
    `Sign in as ${james.email} / ${james.password}, or as ${ann.email} / ${ann.password}.`,
  ]
}

async function linesOfApplication(application: RealApplication): Promise<string[]> {
  return [
    `The data are those of the Backendless application ${application.appId}, at ${application.url}.`,
    ...(await missingIn(application)),
  ]
}
