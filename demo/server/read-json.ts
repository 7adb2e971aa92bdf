import { isWithinDepth, type Json } from './json.js'

/** The bytes of a larger body that the server reads and drops, so that the sender can still read the answer. */
const largestDiscardedBytes = 64 * 1024 * 1024

export interface BodyLimits {
  /** Largest body that is read. */
  readonly bytes: number
  /** Deepest nesting of it. */
  readonly depth: number
  /** The media types that it may have. */
  readonly types: readonly string[]
}

/** Says why a body cannot be read, with the status that fits. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody'

  constructor(
    message: string,
    readonly status: 400 | 413 | 415 = 400,
  ) {
    super(message)
  }
}

export interface ReadBody {
  readonly text: string
  /** `undefined` for an empty body. */
  readonly json: Json | undefined
}

/** Reads a body as JSON; rejects with an `UnreadableBody`. */
export async function readJson(request: Request, limits: BodyLimits): Promise<ReadBody> {
  const text = await readText(request, limits.bytes)
  if (text === '') return { text, json: undefined }
  const type = (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  if (!limits.types.includes(type)) {
    throw new UnreadableBody(`the Content-Type of a body has to be ${limits.types.join(' or ')}`, 415)
  }
  let json: Json
  try {
    json = JSON.parse(text) as Json
  } catch {
    throw new UnreadableBody('the body is not JSON')
  }
  if (!isWithinDepth(json, limits.depth)) throw new UnreadableBody(`the body is nested deeper than ${limits.depth}`)
  return { text, json }
}

async function readText(request: Request, largestBytes: number): Promise<string> {
  if (!request.body) return ''
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.byteLength
      if (sizeBytes <= largestBytes) chunks.push(chunk)
      else chunks.length = 0
      if (sizeBytes > largestDiscardedBytes) break
    }
  } catch {
    throw new UnreadableBody('the body broke off')
  }
  if (sizeBytes > largestBytes) throw new UnreadableBody(`the body is larger than ${largestBytes} bytes`, 413)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw new UnreadableBody('the body is not UTF-8')
  }
}
