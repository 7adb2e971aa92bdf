import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { ApiEnvironment } from '../environment.js'

/** The environment variable that sets the token, for tests in other processes. An argument would be seen in `ps`. */
export const controlTokenVariable = 'HOLDFAST_CONTROL_TOKEN'

/** The header that a request to the control path carries the token in. */
export const controlTokenHeader = 'control-token'

/** A token that nobody guesses: 128 random bits. */
export function newControlToken(): string {
  return randomBytes(16).toString('base64url')
}

/** Throws an `Error` for a token that a header or a page could not carry, or that is quickly guessed. */
export function checkControlToken(token: string): void {
  if (/^[\w-]{16,200}$/.test(token)) return
  throw new Error('The control token has to be 16 to 200 letters, digits, - and _')
}

/** Lets requests with the token through, and answers others with 401. Preflights carry no headers of their own and pass. */
export function controlTokenCheck(token: string): MiddlewareHandler<ApiEnvironment> {
  return async (c, next) => {
    if (isSame(c.req.header(controlTokenHeader) ?? '', token)) return next()
    return c.json(
      {
        error: `The control path needs the token that the server printed at its start, in the header ${controlTokenHeader}`,
      },
      401,
    )
  }
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}
