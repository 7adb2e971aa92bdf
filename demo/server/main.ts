import { readCommandLine, usage } from './command-line.js'
import { readRestCommandLine, restUsage } from './rest/command-line.js'
import { startRestServer } from './rest/start-rest-server.js'
import type { Running } from './start-options.js'
import { startServer } from './start-server.js'
import { whenToldToEnd } from './when-told-to-end.js'

try {
  const server = await start(process.argv.slice(2))
  if (server) {
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

/** Starts the server of the mode that the arguments ask for, or prints how they are written. */
async function start(args: readonly string[]): Promise<Running | undefined> {
  if (args.includes('--rest')) {
    const options = readRestCommandLine(args)
    if (options !== 'help') return startRestServer(options)
    process.stdout.write(restUsage)
    return undefined
  }
  const options = readCommandLine(args)
  if (options !== 'help') return startServer(options)
  process.stdout.write(usage)
  return undefined
}
