import type { HttpBindings } from '@hono/node-server'

/** What every route of the API can ask its context for. */
export interface ApiEnvironment {
  Bindings: HttpBindings
  Variables: {
    /** The user whose live token came with the request. */
    callerId: string | null
    /** That token. */
    token: string | null
  }
}
