// The way between tabs and server, and what happens on it.
import type { Dice } from './dice.js'
import type { Context, EventLoop } from './event-loop.js'
import type { Answer, WireRequest } from './server.js'
import type { Engine } from './storage/disk.js'

const faults = [
  'none',
  'refuse',
  'drop-after',
  'cut',
  'portal',
  'error-before',
  'error-after',
  'general',
  'limit',
  'unavailable',
  'black-hole',
  'black-hole-after',
  'resend',
  'late-copy',
  'slow',
] as const
export type NetworkFault = (typeof faults)[number]
type Weights = { readonly [fault in NetworkFault]?: number }

/** The effects of the weather on requests. */
const weathers = {
  fine: { none: 1 },
  flaky: {
    none: 6,
    refuse: 2,
    'drop-after': 2,
    cut: 1,
    'error-before': 1,
    'error-after': 1,
    general: 0.7,
    limit: 0.5,
    unavailable: 0.5,
    'black-hole': 0.4,
    'black-hole-after': 0.6,
    resend: 2,
    'late-copy': 1,
    slow: 1,
  },
  lossy: { none: 1, refuse: 1, 'drop-after': 3, cut: 2, 'black-hole-after': 1, resend: 1, 'late-copy': 2, slow: 1 },
  slow: { none: 1, slow: 3, 'late-copy': 1 },
  dead: { refuse: 1 },
  portal: { portal: 1 },
  down: { 'error-before': 3, 'error-after': 1, unavailable: 1, limit: 1, general: 1 },
} satisfies { [weather: string]: Weights }
export type Weather = keyof typeof weathers
export const weatherNames = Object.keys(weathers) as Weather[]

/** The other end of the wire. */
export interface WireServer {
  /** Answers to a write when it is in trouble. */
  readonly failure: Answer
  answer(request: WireRequest): Answer
}

/** A copy comes at the latest so long after it was sent; the client waits longer before it concludes anything. */
const latestCopyMs = 25_000

export class Network {
  weather: Weather = 'fine'
  /** Whether requests may take long, or come again late. */
  comesLate = true
  /** Requests that a client has sent. */
  sent = 0
  /** Told when a request leaves its tab, and when it has arrived. */
  onRequest: (moment: 'sent' | 'arrived', of: { context: Context; method: string; path: string }) => void = () => {}

  constructor(
    readonly parts: {
      loop: EventLoop
      dice: Dice
      server: WireServer
      engine: Engine
      trace(line: string): void
    },
    readonly root: string,
  ) {}

  /** A tab's fetch. */
  fetchFor(context: Context): typeof fetch {
    return async (input, init) => {
      const request = new Request(input as Request, init)
      const text = request.method === 'GET' ? '' : await request.text()
      const { loop, dice, server, trace } = this.parts
      const drawn = this.#fault()
      // A general failure is documented for writing only.
      const fault = drawn === 'general' && request.method === 'GET' ? 'error-before' : drawn
      const [path = '', query = ''] = request.url.slice(this.root.length).split('?')
      const wire = {
        method: request.method,
        path,
        token: request.headers.get('user-token'),
        headers: request.headers,
        query,
        body: text ? (JSON.parse(text) as unknown) : undefined,
        sentAtMs: loop.nowMs,
        isCopy: false,
      }
      const name = `${++this.sent} ${request.method} ${path} ${text}`
      trace(`net ${name}${fault === 'none' ? '' : ` [${fault}]`}`)
      this.onRequest('sent', { context, method: request.method, path })
      const arrive = (copy: boolean): Answer => {
        const answer = server.answer({ ...wire, isCopy: copy })
        if (!copy) this.onRequest('arrived', { context, method: request.method, path })
        trace(`net ${name} ${copy ? 'copy ' : ''}-> ${answer.status} ${JSON.stringify(answer.body)}`)
        return answer
      }
      return new Promise<Response>((resolve, reject) => {
        const upMs = dice.between(5, 120)
        const answered = (response: () => Response): void => {
          loop.schedule(dice.between(5, 120), context, () => resolve(response()))
        }
        const broken = (delayMs = dice.between(5, 300)): void => {
          loop.schedule(delayMs, context, () => reject(new TypeError('Failed to fetch')))
        }
        const after = (delayMs: number, run: () => void): void => void loop.schedule(delayMs, undefined, run)
        request.signal.addEventListener('abort', () => reject(request.signal.reason as Error))
        if (request.signal.aborted) return reject(request.signal.reason as Error)
        switch (fault) {
          case 'none':
            return after(upMs, () => {
              const answer = arrive(false)
              answered(() => jsonResponse(answer))
            })
          case 'slow':
            return after(dice.between(1000, 28_000), () => {
              const answer = arrive(false)
              answered(() => jsonResponse(answer))
            })
          case 'refuse':
            return broken()
          case 'drop-after':
            return after(upMs, () => {
              arrive(false)
              broken()
            })
          case 'cut':
            return after(upMs, () => {
              const answer = arrive(false)
              answered(() => this.#cutResponse(answer))
            })
          case 'portal':
            return answered(() => new Response('<html>Log in</html>', { headers: { 'content-type': 'text/html' } }))
          case 'error-before':
            return answered(
              () => new Response('<h1>502</h1>', { status: 502, headers: { 'content-type': 'text/html' } }),
            )
          case 'error-after':
            return after(upMs, () => {
              arrive(false)
              answered(() => new Response('<h1>500</h1>', { status: 500, headers: { 'content-type': 'text/html' } }))
            })
          case 'general':
            return answered(() => jsonResponse(server.failure))
          case 'limit':
            return answered(() => Response.json({ code: 999, message: 'Too many requests' }, { status: 429 }))
          case 'unavailable': {
            const seconds = dice.integer(1, 90)
            return answered(() => new Response('', { status: 503, headers: { 'retry-after': String(seconds) } }))
          }
          case 'black-hole':
            return
          case 'black-hole-after':
            return after(upMs, () => void arrive(false))
          case 'resend':
            return after(upMs, () => {
              arrive(false)
              after(dice.between(1, 200), () => {
                const answer = arrive(true)
                answered(() => jsonResponse(answer))
              })
            })
          case 'late-copy':
            after(dice.between(1000, latestCopyMs), () => void arrive(true))
            return broken()
        }
      })
    }
  }

  #fault(): NetworkFault {
    const weights: Weights = { ...weathers[this.weather], ...(!this.comesLate && { slow: 0, 'late-copy': 0 }) }
    return this.parts.dice.weighted(
      Object.fromEntries(faults.map((fault) => [fault, weights[fault] ?? 0])) as { [fault in NetworkFault]: number },
    )
  }

  #cutResponse(answer: Answer): Response {
    const text = JSON.stringify(answer.body)
    const part = new TextEncoder().encode(text.slice(0, this.parts.dice.integer(0, text.length - 1)))
    const error =
      this.parts.engine === 'firefox'
        ? new DOMException('The operation was aborted', 'AbortError')
        : new TypeError('terminated')
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        if (part.length) controller.enqueue(part)
        controller.error(error)
      },
    })
    return new Response(body, {
      status: answer.status,
      headers: { ...answer.headers, 'content-type': 'application/json' },
    })
  }
}

function jsonResponse({ status, body, headers }: Answer): Response {
  return Response.json(body, { status, ...(headers && { headers: { ...headers } }) })
}
