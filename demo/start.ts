/* `npm start`: the local server and the demo's page, both on this machine. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ann, demoSchema, james, seedDemoUsers } from './demo-users.js'
import { atNextFreePort } from './next-free-port.js'
import { servePage } from './serve-page.js'
import { startServer } from './server/start-server.js'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4010' },
    'page-port': { type: 'string', default: '4020' },
    // A folder of its own: `npm run server` keeps its users, who have other columns, beside it.
    data: { type: 'string', default: join('.data', 'demo') },
  },
})

const server = await atNextFreePort(Number(values.port), (port) =>
  startServer({ port, data: values.data, schema: demoSchema, control: true }),
)
await seedDemoUsers(server)
const page = await servePage({ apiRoot: server.apiRoot, port: Number(values['page-port']) })

process.stdout.write(`
  demo    ${page.url}
  server  ${server.url} (data in ${values.data})

  Log in as ${james.email} / ${james.password}, or as ${ann.email} / ${ann.password}. Ctrl+C ends it.

`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void Promise.all([page.stop(), server.stop()]))
}
