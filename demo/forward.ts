import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'

/** Hands a request on to the local server, and its answer back. A connection that breaks there breaks here, too. */
export function forward(incoming: IncomingMessage, outgoing: ServerResponse, server: URL): void {
  const { method, url: path, headers } = incoming
  const onward = request(
    { host: server.hostname, port: server.port, method, path, headers: { ...headers, host: server.host } },
    (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      pipeline(answer, outgoing, () => {})
    },
  )
  onward.on('error', () => outgoing.destroy())
  outgoing.on('close', () => onward.destroy())
  incoming.pipe(onward)
}
