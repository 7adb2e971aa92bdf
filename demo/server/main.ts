import { readCommandLine, usage } from './command-line.js'
import { startServer } from './start-server.js'
import { whenToldToEnd } from './when-told-to-end.js'

try {
  const options = readCommandLine(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(usage)
  } else {
    const server = await startServer(options)
    const lines = [
      `listening on ${server.url}`,
      ...server.networkUrls.map((url) => `on the network ${url}`),
      ...(server.controlToken === undefined ? [] : [`control token ${server.controlToken}`]),
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
    whenToldToEnd(() => void server.stop())
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
