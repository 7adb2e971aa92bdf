/* `npm start`: the local server and the demo's page, both on this machine. */
import { whenToldToEnd } from './server/when-told-to-end.js'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ann, demoSchema, james, seedDemoUsers } from './demo-users.js'
import { atNextFreePort } from './next-free-port.js'
import { servePage } from './serve-page.js'
import { portOf } from './server/common-options.js'
import { controlTokenVariable } from './server/control/control-token.js'
import { startServer } from './server/start-server.js'

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
      data: { type: 'string', default: join('.data', 'demo') },
    },
  })
  const [serverPort, pagePort] = [portOf('--port', values.port), portOf('--page-port', values['page-port'])]
  const { host } = values
  const controlToken = process.env[controlTokenVariable]

  const server = await atNextFreePort(serverPort, (port) =>
    startServer({
      port,
      data: values.data,
      schema: demoSchema,
      control: true,
      ...(controlToken && { controlToken }),
      ...(host !== undefined && { host }),
    }),
  )
  running.push(server)
  await seedDemoUsers(server)
  const page = await servePage({ apiRoot: server.apiRoot, controlToken: server.controlToken, host, port: pagePort })
  running.push(page)

  const onNetwork = page.networkUrls.map((url) => `\n          ${url} (for everyone on this network)`)
  process.stdout.write(`
  demo    ${page.url}${onNetwork.join('')}
  server  ${server.url} (data in ${values.data})
  control ${server.controlToken} (the token of ${server.url}/control, which the demo has)

  Log in as ${james.email} / ${james.password}, or as ${ann.email} / ${ann.password}. Ctrl+C ends it.

`)
}
