import type { Channels, Clock, Locks, Platform } from '../../src/platform/platform.js'

/** Parts of a tab's platform that can stop as those of a suspended page do: with no notice, and keeping its Web Lock. */
export interface Freezable {
  parts: Pick<Platform, 'clock' | 'channels' | 'locks'>
  /** Nothing of the page runs any more: what wakes, arrives or is granted waits for the thaw. */
  freeze(): void
  thaw(): void
}

export function freezable({ clock, channels, locks }: Pick<Platform, 'clock' | 'channels' | 'locks'>): Freezable {
  let frozen = false
  let waiting: (() => void)[] = []
  const whenAwake = (run: () => void): void => void (frozen ? waiting.push(run) : run())

  const sleepy: Clock = {
    now: () => clock.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => void clock.sleep(ms, signal).then(() => whenAwake(resolve), undefined)),
  }
  const deaf: Channels = {
    open(name) {
      const channel = channels.open(name)
      return {
        ...channel,
        onMessage: (listener) => channel.onMessage((message) => whenAwake(() => listener(message))),
      }
    },
  }
  const stuck: Locks | undefined = locks && {
    hold: (name, signal, held) =>
      locks.hold(
        name,
        signal,
        () => new Promise((resolve, reject) => whenAwake(() => void held().then(resolve, reject))),
      ),
  }
  return {
    parts: { clock: sleepy, channels: deaf, locks: stuck },
    freeze() {
      frozen = true
    },
    thaw() {
      frozen = false
      const late = waiting
      waiting = []
      for (const run of late) run()
    },
  }
}
