import type { Context } from 'hono'
import type { ApiEnvironment } from './environment.js'
import { Fault, faultCodes } from './faults.js'
import { isWithinDepth, type Json, type Properties } from './json.js'

/** Largest body that is read; a row of the real service is far smaller. */
const largestBodyBytes = 4 * 1024 * 1024
/** The bytes of a larger body that the server reads and drops, so that the sender can still read the answer. */
const largestDiscardedBytes = 64 * 1024 * 1024
/** JSON columns go to 100; the rest is room for what lies around them. */
const deepestBody = 110

/** Reads a JSON object; no body counts as an empty one. Throws fault 8002 for anything else. */
export async function readProperties(c: Context<ApiEnvironment>): Promise<Properties> {
  const value = await readJson(c)
  if (value === undefined) return new Map()
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw unreadable('the body has to be a JSON object')
  }
  return new Map(Object.entries(value))
}

async function readJson(c: Context<ApiEnvironment>): Promise<Json | undefined> {
  const text = await readText(c.req.raw)
  if (text === '') return undefined
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) {
    throw unreadable('the Content-Type of a body has to be application/json', 415)
  }
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    throw unreadable('the body is not JSON')
  }
  if (!isWithinDepth(value, deepestBody)) throw unreadable(`the body is nested deeper than ${deepestBody}`)
  return value
}

async function readText(request: Request): Promise<string> {
  if (!request.body) return ''
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
      sizeBytes += chunk.byteLength
      if (sizeBytes <= largestBodyBytes) chunks.push(chunk)
      else chunks.length = 0
      if (sizeBytes > largestDiscardedBytes) break
    }
  } catch {
    throw unreadable('the body broke off')
  }
  if (sizeBytes > largestBodyBytes) throw unreadable(`the body is larger than ${largestBodyBytes} bytes`, 413)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw unreadable('the body is not UTF-8')
  }
}

function unreadable(why: string, status = 400): Fault {
  return new Fault(faultCodes.unreadableRequest, `Could not parse the request: ${why}`, { status })
}
