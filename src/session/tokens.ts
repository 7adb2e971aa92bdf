// Where a session's token is: in the database only when the person asked to stay logged in, else in the memory of the tabs (G11, R14).
import { messageOf } from '../model/messages.js'
import type { Channels, Clock } from '../platform/platform.js'
import type { Session } from '../store/rows.js'

/** How long a tab waits for another one to hand over a token that is not stored. Silence ends the session in all tabs. */
const answerMs = 1_000

/** What a request shows the backend. Without a token where the session has none. */
export interface Credentials {
  token?: string
}

/** What any context can show for the session: a token only if it is stored. */
export function storedCredentials({ hasToken, token }: Session): Credentials | undefined {
  if (token !== undefined) return { token }
  return hasToken ? undefined : {}
}

export interface Tokens {
  /** What this context can show for the session; `undefined` when only another tab has it, or nobody any more. */
  of(session: Session): Credentials | undefined
  /** Remembers a token in memory, as long as this context lives. */
  keep(sessionId: string, token: string): void
  forget(): void
  /** Asks the other tabs for the token; resolves when one answered, or after 1 s. */
  ask(session: Session): Promise<void>
  close(): void
}

export function createTokens({ channels, clock, name }: { channels: Channels; clock: Clock; name: string }): Tokens {
  const tokens = new Map<string, string>()
  const channel = channels.open(`${name}:tokens`)
  const answered = new Map<string, AbortController>()
  channel.onMessage((message) => {
    const { sessionId, token } = messageOf(message)
    if (sessionId === undefined) return
    if (token !== undefined) {
      const asked = answered.get(sessionId)
      if (!asked) return
      tokens.set(sessionId, token)
      asked.abort()
    } else if (tokens.has(sessionId)) channel.post({ sessionId, token: tokens.get(sessionId) })
  })
  return {
    of(session) {
      return storedCredentials({ ...session, token: session.token ?? tokens.get(session.sessionId) })
    },
    keep: (sessionId, token) => void tokens.set(sessionId, token),
    forget: () => tokens.clear(),
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
