import type { Context } from 'hono'
import type { ApiEnvironment } from './environment.js'
import { Fault, faultCodes } from './faults.js'
import type { Json, Properties } from './json.js'
import { readJson, UnreadableBody, type BodyLimits } from './read-json.js'

const limits: BodyLimits = {
  // A row of the real service is far smaller.
  bytes: 4 * 1024 * 1024,
  // JSON columns go to 100; the rest is room for what lies around them.
  depth: 110,
  types: ['application/json'],
}

/** Reads a JSON object; no body counts as an empty one. Throws fault 8002 for anything else. */
export async function readProperties(c: Context<ApiEnvironment>): Promise<Properties> {
  const { json = {} } = await read(c)
  if (json !== null && typeof json === 'object' && !Array.isArray(json)) return new Map(Object.entries(json))
  throw unreadable('the body has to be a JSON object')
}

/** Reads any JSON; no body counts as `null`. Throws fault 8002 for anything else. */
export async function readBody(c: Context<ApiEnvironment>): Promise<Json> {
  return (await read(c)).json ?? null
}

async function read(c: Context<ApiEnvironment>): ReturnType<typeof readJson> {
  try {
    return await readJson(c.req.raw, limits)
  } catch (error) {
    if (error instanceof UnreadableBody) throw unreadable(error.message, error.status)
    throw error
  }
}

function unreadable(why: string, status = 400): Fault {
  return new Fault(faultCodes.unreadableRequest, `Could not parse the request: ${why}`, { status })
}
