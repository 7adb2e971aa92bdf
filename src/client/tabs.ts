// Floor 5: the messages between the contexts of one database: pages, and a service worker. Each context checks the messages
// that it receives.
import { type Message, messageOf, type SenderNews } from '../model/messages.js'
import type { SenderState } from '../model/sender-state.js'
import type { Channels } from '../platform/platform.js'
import type { Commit } from '../store/commit.js'
import type { Database } from '../store/database.js'
import { differingRules, type SendingRules } from '../store/sending-rules.js'

/** The reactions of a context to the messages of the others. */
export interface TabListener {
  /** The rules by which this context sends; the others get them at once. */
  rules: SendingRules
  /** Another context commits a transaction, which leaves this version. A read that begins now sees it. */
  onCommit(commit: { version: number; unhurried: boolean }): void
  /** The state of the context that sends. */
  onSender(news: SenderNews): void
  /** Another context has written a description. */
  onDescribed(): void
  /** Another context sends by other rules, of these names. */
  onDiffering(rules: string[]): void
}

export interface Tabs {
  /**
   * Tells the others of this context's commits from here on: of edits as their commit begins, so that none stays unknown if
   * this context dies right after it; of the rest at the end. Returns the unsubscribes.
   */
  announce(db: Pick<Database, 'onCommit' | 'onCommitting'>): (() => void)[]
  /** The state of this context's sender. */
  sending(state: SenderState): void
  /** This context has written a description. */
  described(): void
  /** Listens to the others from here on. Returns the unsubscribe. */
  listen(listener: TabListener): () => void
  close(): void
}

export function createTabs(channels: Channels, database: string): Tabs {
  const channel = channels.open(database)

  const dispatch = (
    { sender, described, version, unhurried, rules: others, isAnswer }: Message,
    { rules, onCommit, onSender, onDescribed, onDiffering }: TabListener,
  ): void => {
    if (described) onDescribed()
    if (sender) onSender(sender)
    const differing = others ? differingRules(rules, others) : []
    if (differing.length) {
      onDiffering(differing)
      // Each context sends it once to each other.
      if (!isAnswer) channel.post({ rules, isAnswer: true })
    }
    if (version !== undefined) onCommit({ version, unhurried })
  }

  const post = ({ to, unhurried }: Commit): void => channel.post({ version: to, unhurried })

  return {
    announce: (db) => [
      db.onCommitting((commit) => {
        if (commit.saved) post(commit)
      }),
      // A sender's commit that fails is no news: on a full disk two tabs would wake each other without end.
      db.onCommit((commit) => {
        if (!commit.saved) post(commit)
      }),
    ],
    sending: (state) => channel.post({ engine: state }),
    described: () => channel.post({ described: true }),
    listen(listener) {
      const unlisten = channel.onMessage((message) => dispatch(messageOf(message), listener))
      channel.post({ rules: listener.rules })
      return unlisten
    },
    close: () => channel.close(),
  }
}
