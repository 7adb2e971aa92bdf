// Floor 5: the reactions of a client to the other contexts, the network and the page.
import type { LiveViews } from '../live/live.js'
import type { TraceStep } from '../model/events.js'
import type { Platform } from '../platform/platform.js'
import type { SendingRules } from '../store/sending-rules.js'
import type { Parts } from './parts.js'
import type { StorageHealth } from './storage-health.js'
import type { Upkeep } from './upkeep.js'

export interface OutsideParts {
  platform: Pick<Platform, 'connectivity' | 'visibility'>
  live: LiveViews
  health: StorageHealth
  upkeep: Pick<Upkeep, 'refreshOld'>
  trace(step: TraceStep): void
}

/** A session that began in another tab has its token there too, if that is not stored (R14). */
export async function joinSession({ tokens, accounts, sender }: Parts, live: LiveViews): Promise<void> {
  if (!tokens.isBehind(live.feed.snapshot?.session)) return
  await accounts.restore()
  sender.wake('login')
}

/** Returns the unsubscribe. */
export function listenOutside(
  parts: Parts,
  { platform: { connectivity, visibility }, live, health, upkeep, trace }: OutsideParts,
  rules: SendingRules,
): (() => void)[] {
  const { tabs, descriptions, sender } = parts
  const { failed } = health

  /** The writes of another tab. */
  const takeUp = async (reading: Promise<void>): Promise<void> => {
    await reading
    await joinSession(parts, live)
  }

  const look = (reason: 'online' | 'visible'): void => {
    // The page has not heard messages from the time when it did not run.
    takeUp(live.feed.refresh()).catch(failed)
    sender.wake(reason)
    void upkeep.refreshOld()
  }

  return [
    tabs.listen({
      rules,
      onCommit({ version, unhurried }) {
        takeUp(unhurried ? live.feed.follow(version) : live.feed.refresh()).catch(failed)
        sender.wake('saved')
      },
      onSender: (news) => sender.onRemoteState(news),
      onDescribed: () => void descriptions.load().catch(failed),
      onDiffering: (names) => trace({ type: 'rules-differ', rules: names }),
    }),
    connectivity.onChange((online) => (online ? look('online') : sender.report())),
    visibility.onEvent((event) => {
      if (event === 'freeze' || event === 'pagehide') sender.suspend()
      else sender.setHidden(visibility.hidden)
      if (event === 'show' || event === 'pageshow' || event === 'resume') look('visible')
    }),
  ]
}
