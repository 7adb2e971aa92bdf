// Floor 5: the calls that begin and end a session. Of those in all tabs, the one that was made last decides (R14).
import type { LiveViews } from '../live/live.js'
import { knownOptions } from '../model/known-options.js'
import type { UseOptions } from '../session/accounts.js'
import { signOut } from '../session/sign-out.js'
import { type PendingPolicy, takeTurn } from '../store/sessions.js'
import type { Lifecycle } from './lifecycle.js'
import type { OnlineCalls } from './online-calls.js'
import type { Upkeep } from './upkeep.js'

/** The treatment of pending edits when the session ends: kept for the next login, sent first, or given up. */
export type LogoutPolicy = PendingPolicy | 'send'

export interface SessionCalls {
  /**
   * To be called at once by each call that begins or ends a session: the order of these decides between them (R14). `counts`:
   * called once it is known who is logged in; where it returns false, this resolves with `undefined`.
   */
  takeTurn(counts?: () => boolean): Promise<number | undefined>
  /** As `session.use`; resolves with a token that is of no more use to the backend. */
  use(turn: number | undefined, account: string, options?: UseOptions): Promise<string | undefined>
  /**
   * As `session.use`, at once; the same. A second call for the same session while the first is under way is that call: React's
   * StrictMode makes each effect twice. So is one of another tab, as where a browser opens several pages again.
   */
  adopt(account: string, options?: UseOptions): Promise<string | undefined>
  /** As `session.leave`; the same. */
  leave(options?: { pending?: LogoutPolicy }): Promise<string | undefined>
}

export interface SessionCallParts {
  life: Lifecycle
  live: LiveViews
  calls: Pick<OnlineCalls, 'called'>
  upkeep: Pick<Upkeep, 'begin'>
}

export function createSessionCalls({ life, live, calls, upkeep }: SessionCallParts): SessionCalls {
  let lastTurn: Promise<number | undefined> = Promise.resolve(0)

  let adopting: { asked: string; done: Promise<string | undefined> } | undefined

  /** One after the other, so that the turns have the order of the calls; those made while opening too. */
  const turn = (counts?: () => boolean, adopts?: string): Promise<number | undefined> => {
    adopting = undefined
    return (lastTurn = lastTurn
      .catch(() => 0)
      .then(async () => {
        const { db } = await life.ready()
        return !counts || counts() ? takeTurn(db, adopts) : undefined
      }))
  }

  const use: SessionCalls['use'] = async (at, account, options) => {
    const { accounts, saver } = await life.ready()
    // Edits that were handed in before belong to the session before.
    await saver.idle()
    const token = await accounts.use(account, options, at)
    await live.feed.refresh()
    upkeep.begin('login')
    return token
  }

  return {
    takeTurn: (counts) => turn(counts),
    use,
    adopt(account, options) {
      const asked = JSON.stringify([account, options])
      // The session that it replaces is the first caller's to end.
      if (adopting?.asked === asked) return adopting.done.then(() => undefined)
      const at = turn(undefined, account)
      const mine = { asked, done: at.then((taken) => use(taken, account, options)) }
      const ended = (): void => void (adopting === mine && (adopting = undefined))
      mine.done.then(ended, ended)
      adopting = mine
      return mine.done
    },
    async leave(options) {
      const { pending } = knownOptions(options, ['pending'])
      const [at, { accounts, sender, saver, account }] = await Promise.all([turn(), calls.called()])
      await saver.idle()
      const token = await signOut(accounts, { account, turn: at!, pending }, sender.flush)
      await live.feed.refresh()
      return token
    },
  }
}
