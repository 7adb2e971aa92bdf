import { checkControlToken, newControlToken } from './control/control-token.js'
import type { Listening } from './listen.js'

/** The options that both modes of the server have. */
export interface StartOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number
  /** The address, or name, of this machine to bind to; `0.0.0.0` for all. Default 127.0.0.1, which nobody else reaches. */
  readonly host?: string
  /** Directory of the database, made if missing. Without one, everything is in memory and ends with the server. */
  readonly data?: string
  /** Whether the control can be reached over HTTP, under `/control`. The returned `control` works without. */
  readonly control?: boolean
  /** The token that requests to `/control` have to carry, in the header `control-token`. Default: a random one. */
  readonly controlToken?: string
  /** Epoch milliseconds; a test can pass its own. */
  readonly now?: () => number
}

/** A server of either mode. */
export interface Running extends Omit<Listening, 'close'> {
  /** The token that opens `/control`; `undefined` where the server has no control path. */
  readonly controlToken: string | undefined
  /** Ends the requests under way, at most two seconds' worth of them, then everything. */
  stop(): Promise<void>
}

/** The token of the control path as the options say; throws an `Error` for one that cannot be. */
export function controlTokenOf({ control, controlToken = newControlToken() }: StartOptions): string | undefined {
  if (!control) return undefined
  checkControlToken(controlToken)
  return controlToken
}
