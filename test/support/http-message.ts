/* Requests as they come out of a socket: enough of HTTP/1.1 to know where one ends. */
import type { Socket } from 'node:net'

export interface HttpMessage {
  readonly method: string
  readonly path: string
  /** With the empty line at its end. */
  readonly head: Buffer
  readonly body: Buffer
  header(name: string): string | undefined
  /** The whole request, with that header in place of its own. */
  withHeader(name: string, value: string): Buffer
}

export interface Inbox {
  /** The next request; `undefined` when the connection has ended. */
  next(): Promise<HttpMessage | undefined>
}

/** Reads what comes by the socket. Bodies must have a `Content-Length`, as those of `fetch` with a text do. */
export function createInbox(socket: Socket): Inbox {
  let bytes = Buffer.alloc(0)
  let ended = false
  let wake = (): void => {}
  socket.on('data', (part: Buffer) => {
    bytes = Buffer.concat([bytes, part])
    wake()
  })
  socket.on('close', () => {
    ended = true
    wake()
  })
  return {
    async next() {
      for (;;) {
        const headEnd = bytes.indexOf('\r\n\r\n') + 4
        const head = bytes.subarray(0, headEnd).toString('latin1')
        const end = headEnd + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
        if (headEnd > 4 && bytes.length >= end) {
          const message = messageOf(head, bytes.subarray(headEnd, end))
          bytes = bytes.subarray(end)
          return message
        }
        if (ended) return undefined
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}

function messageOf(head: string, body: Buffer): HttpMessage {
  const [method = '', path = ''] = head.split(' ', 2)
  return {
    method,
    path: path.split('?', 1)[0]!,
    head: Buffer.from(head, 'latin1'),
    body,
    header: (name) => new RegExp(`\r\n${name}: *([^\r]*)`, 'i').exec(head)?.[1],
    withHeader(name, value) {
      const others = head.replace(new RegExp(`\r\n${name}:[^\r]*`, 'gi'), '')
      return Buffer.concat([Buffer.from(others.replace(/\r\n\r\n$/, `\r\n${name}: ${value}\r\n\r\n`), 'latin1'), body])
    },
  }
}
