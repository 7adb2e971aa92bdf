import { readCommandLine, usage } from './command-line.js'
import { startServer } from './start-server.js'
import { whenToldToEnd } from './when-told-to-end.js'

try {
  const options = readCommandLine(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(usage)
  } else {
    const server = await startServer(options)
    process.stdout.write(`listening on ${server.url}\n`)
    whenToldToEnd(() => void server.stop())
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
