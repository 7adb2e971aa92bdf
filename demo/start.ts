/* `npm start`: the local server and the demo's page, both on this machine. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ann, demoSchema, james, seedDemoUsers } from './demo-users.js'
import { atNextFreePort } from './next-free-port.js'
import { servePage } from './serve-page.js'
import { portOf } from './server/command-line.js'
import { startServer } from './server/start-server.js'
import { whenToldToEnd } from './server/when-told-to-end.js'

try {
  await start()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function start(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4010' },
      'page-port': { type: 'string', default: '4020' },
      // A folder of its own: `npm run server` keeps its users, who have other columns, beside it.
      data: { type: 'string', default: join('.data', 'demo') },
    },
  })
  const [serverPort, pagePort] = [portOf('--port', values.port), portOf('--page-port', values['page-port'])]

  const server = await atNextFreePort(serverPort, (port) =>
    startServer({ port, data: values.data, schema: demoSchema, control: true }),
  )
  const page = await seedDemoUsers(server)
    .then(() => servePage({ apiRoot: server.apiRoot, port: pagePort }))
    .catch(async (error: unknown) => {
      await server.stop()
      throw error
    })

  process.stdout.write(`
  demo    ${page.url}
  server  ${server.url} (data in ${values.data})

  Log in as ${james.email} / ${james.password}, or as ${ann.email} / ${ann.password}. Ctrl+C ends it.

`)

  whenToldToEnd(() => void Promise.all([page.stop(), server.stop()]))
}
