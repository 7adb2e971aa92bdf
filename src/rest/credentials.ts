// Floor 6: the token and the headers of a request, as the app gives them.
import type { Refused, RequestContext } from '../endpoint/endpoint.js'
import { failed } from '../endpoint/http.js'
import type { RestOptions } from './options.js'

export interface RestCredentials {
  ok: true
  token: string | undefined
  headers: { readonly [name: string]: string }
}

/** `refused`: the credentials that a server has refused. Waits as long as the app's functions do. */
export type GetCredentials = (
  context: Pick<RequestContext, 'account' | 'token' | 'signal' | 'now'>,
  refused?: RestCredentials,
) => Promise<RestCredentials | Refused>

/** An account's tokens: what is being asked for, and the last one. */
interface Tokens {
  asked?: Promise<string | undefined> | undefined
  renewed?: Promise<string | undefined> | undefined
  last?: string | undefined
}

/** A request leaves within five seconds after it was written, and is written within five after this. */
const keptForMs = 10_000

/**
 * The app is asked once at a time for an account, by all requests together. A token that was given since the refused one was
 * is taken without asking.
 */
export function createCredentials({ token, headers }: Pick<RestOptions, 'token' | 'headers'>): {
  get: GetCredentials
  /** Asks the app, and keeps the answer for the requests that follow. */
  prepare(context: Pick<RequestContext, 'account' | 'token' | 'signal' | 'now'>): Promise<RestCredentials | Refused>
} {
  const kept = new Map<string, { given: RestCredentials; untilMs: number }>()
  const byAccount = new Map<string, Tokens>()

  function askFor(tokens: Tokens, account: string, signal: AbortSignal, refused?: string): Promise<string | undefined> {
    const which = refused === undefined ? 'asked' : 'renewed'
    const asking = tokens.renewed ?? tokens[which]
    if (asking) return asking
    // In a promise: an error that it throws at once is one of the others, too.
    const asked = Promise.resolve(refused)
      .then((old) => (old === undefined ? token!(account) : token!(account, old)))
      .then((given) => (tokens.last = checked(given)))
      .finally(forget)
    function forget(): void {
      signal.removeEventListener('abort', forget)
      if (tokens[which] === asked) tokens[which] = undefined
    }
    // One that hangs must not hold up the requests after this one.
    signal.addEventListener('abort', forget)
    return (tokens[which] = asked)
  }

  async function tokenOf({ account, token: ofSession, signal }: Parameters<GetCredentials>[0], refused?: string) {
    if (!token) return ofSession
    const tokens = byAccount.get(account) ?? {}
    byAccount.set(account, tokens)
    if (refused !== undefined && tokens.last !== undefined && tokens.last !== refused) return tokens.last
    return askFor(tokens, account, signal, refused)
  }

  const ask: GetCredentials = async (context, refused) => {
    context.signal.throwIfAborted()
    try {
      const given = await tokenOf(context, refused?.token)
      if (token && given === undefined)
        return failed({
          kind: 'auth',
          reason: 'token',
          message: `There is no token for the account "${context.account}"`,
        })
      const bearer = given === undefined ? {} : { authorization: `Bearer ${given}` }
      return { ok: true, token: given, headers: { ...bearer, ...(await headers?.()) } }
    } catch (error) {
      const message = `The app gave no token or headers: ${(error as Partial<Error> | undefined)?.message}`
      return failed({ kind: 'server', reason: 'token', message })
    }
  }

  return {
    async get(context, refused) {
      const known = kept.get(context.account)
      if (!refused && known && known.untilMs > (context.now?.() ?? Infinity)) return known.given
      kept.delete(context.account)
      return ask(context, refused)
    },
    async prepare(context) {
      const given = await ask(context)
      if (given.ok && context.now) kept.set(context.account, { given, untilMs: context.now() + keptForMs })
      return given
    },
  }
}

function checked(token: unknown): string | undefined {
  if (token === undefined || token === null || token === '') return undefined
  if (typeof token !== 'string') throw new TypeError(`"token" gives a text or undefined, not a ${typeof token}`)
  return token
}

/** Texts that no failure may have in it (G11). The short parts of a header are words, as a rule. */
export function secretsOf({ token, headers }: RestCredentials): string[] {
  const parts = Object.values(headers).flatMap((value) => String(value).split(/[\s,;="]+/))
  return [token ?? '', ...parts.filter((part) => part.length > 11)]
}
