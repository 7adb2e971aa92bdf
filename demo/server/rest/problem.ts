import { isPrototypeName } from '../json.js'

/** The reasons for which this server refuses a request, by name: the member `code` of a problem. */
export type ProblemCode =
  | 'unreadable'
  | 'bad-parameter'
  | 'bad-key'
  | 'key-missing'
  | 'key-reused'
  | 'key-in-use'
  | 'no-session'
  | 'wrong-login'
  | 'forbidden-origin'
  | 'no-such-path'
  | 'no-such-record'
  | 'gone'
  | 'method'
  | 'invalid'
  | 'missing-record'
  | 'taken'
  | 'referenced'
  | 'exists'
  | 'stale'
  | 'condition-missing'
  | 'since-unknown'

const titles: { readonly [status: number]: string } = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  419: 'Session Expired',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  500: 'Internal Server Error',
}

/** Fields that an answer names, at most. */
const mostErrors = 50

export type FieldErrors = ReadonlyMap<string, readonly string[]>

/** A refusal; the app turns it into an answer in the form of RFC 9457. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly errors: FieldErrors
  readonly headers: { readonly [name: string]: string }

  constructor(
    readonly status: number,
    readonly code: ProblemCode,
    detail: string,
    { errors = new Map(), headers = {} }: { errors?: FieldErrors; headers?: { readonly [name: string]: string } } = {},
  ) {
    super(detail)
    this.errors = errors
    this.headers = headers
  }
}

/** The answer of a problem: `type` is left out, which means `about:blank`, and `code` names the reason. */
export function problemAnswer({ status, code, message, errors, headers }: Problem): Response {
  const byField = [...errors].filter(([field]) => !isPrototypeName(field)).slice(0, mostErrors)
  const body = {
    title: titles[status] ?? 'Error',
    status,
    code,
    detail: message,
    ...(byField.length > 0 && { errors: Object.fromEntries(byField) }),
  }
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, 'Content-Type': 'application/problem+json' },
  })
}
