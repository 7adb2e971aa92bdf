import type { HttpBindings } from '@hono/node-server'

/** The values that every route of the API can ask its context for. */
export interface ApiEnvironment {
  Bindings: HttpBindings
  Variables: {
    /** The path after the API root, as the router reads it: percent-encoded letters are decoded. Without id and key of the app. */
    operation: string
    /** The user whose live token came with the request. */
    callerId: string | null
    /** That token. */
    token: string | null
    /** A write waits for it in the middle of its work. */
    midway?: () => Promise<void>
  }
}
