/* The words of the pages of a torture run over their sockets, heard up to the moment at which their browser is killed. */
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

export interface Reports {
  /** A page's own `?report=`. */
  readonly url: string
  stop(): Promise<void>
}

/** `greeting`: said to each page first. `answer`: a message that is said back, so that the page can wait for it. */
export async function startReports<Said>(
  hear: (said: Said) => void,
  { greeting, answers = () => false }: { greeting?: () => unknown; answers?: (said: Said) => boolean } = {},
): Promise<Reports> {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => sockets.once('listening', resolve))
  sockets.on('connection', (socket) => {
    // A killed browser's connection ends in the middle of a frame.
    socket.on('error', () => socket.terminate())
    socket.on('message', (text: Buffer) => {
      const said = JSON.parse(text.toString()) as Said
      hear(said)
      if (answers(said)) socket.send(text.toString())
    })
    if (greeting) socket.send(JSON.stringify(greeting()))
  })
  return {
    url: `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets.clients) socket.terminate()
      await new Promise((resolve) => sockets.close(resolve))
    },
  }
}
