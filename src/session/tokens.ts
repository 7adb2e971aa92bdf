// The place of a session's token: in the database only when the person asked to stay logged in, else in the memory of the
// tabs (G11, R14).
import { messageOf } from '../model/messages.js'
import type { Channels, Clock } from '../platform/platform.js'
import type { Database } from '../store/database.js'
import type { Session } from '../store/rows.js'
import { readSession } from '../store/sessions.js'

/** How long a tab waits for another one to hand over a token that is not stored. Silence ends the session in all tabs. */
const answerMs = 1_000

/** The credentials that a request shows the backend. Without a token where the session has none. */
export interface Credentials {
  token?: string
}

/** The credentials that any context has for the session: a token only if it is stored. */
export function storedCredentials({ hasToken, token }: Session): Credentials | undefined {
  if (token !== undefined) return { token }
  return hasToken ? undefined : {}
}

export interface Tokens {
  /**
   * The credentials that this context has for the session; `undefined` when only another tab has the token, or nobody any
   * more.
   */
  of(session: Session): Credentials | undefined
  /** Remembers a token that is not stored, for as long as its session and this context live. */
  keep(sessionId: string, token: string): void
  /** The present session, or none: the tokens of others are forgotten. */
  follow(sessionId: string | undefined): void
  /** Whether the session's token is missing here, or the token of another session is not forgotten yet. */
  isBehind(session: Session | undefined): boolean
  /** Asks the other tabs for the token; resolves when one answered, or after 1 s. */
  ask(session: Session): Promise<void>
  close(): void
}

export function createTokens(parts: { channels: Channels; clock: Clock; db: Database }): Tokens {
  const { channels, clock, db } = parts
  const tokens = new Map<string, string>()
  const channel = channels.open(`${db.name}:tokens`)
  const answered = new Map<string, AbortController>()
  /** Only for the session as it is now: this tab may not have heard of its end. */
  const answer = async (sessionId: string): Promise<void> => {
    const session = await readSession(db)
    const token = tokens.get(sessionId)
    if (token !== undefined && session?.sessionId === sessionId) channel.post({ sessionId, token })
  }
  channel.onMessage((message) => {
    const { sessionId, token } = messageOf(message)
    if (sessionId === undefined) return
    if (token !== undefined) {
      const asked = answered.get(sessionId)
      if (!asked) return
      tokens.set(sessionId, token)
      asked.abort()
    } else if (tokens.has(sessionId)) answer(sessionId).catch(() => {})
  })
  const of: Tokens['of'] = (session) =>
    storedCredentials({ ...session, token: session.token ?? tokens.get(session.sessionId) })
  return {
    of,
    keep: (sessionId, token) => void tokens.set(sessionId, token),
    follow(sessionId) {
      for (const id of tokens.keys()) if (id !== sessionId) tokens.delete(id)
    },
    isBehind: (session) =>
      (session && !of(session)) || tokens.size > Number(session !== undefined && tokens.has(session.sessionId)),
    async ask({ sessionId }) {
      const answer = new AbortController()
      answered.set(sessionId, answer)
      channel.post({ sessionId })
      await clock.sleep(answerMs, answer.signal)
      answered.delete(sessionId)
    },
    close: () => channel.close(),
  }
}
