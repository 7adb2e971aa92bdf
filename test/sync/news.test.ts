/* The news of the sender: the app hears each, the other contexts each once. */
import { describe, expect, it } from 'vitest'
import type { SenderState } from '../../src/model/sender-state.js'
import { createNetwork } from '../../src/sync/network.js'
import { createNews } from '../../src/sync/news.js'
import { fakePlatform } from '../support/fake-platform.js'
import { fail } from './sender-world.js'

function start() {
  const platform = fakePlatform()
  const said: [SenderState, boolean][] = []
  const news = createNews({
    platform: { ...platform, connectivity: createNetwork(platform.connectivity) },
    onState: (state, broadcasts) => void said.push([state, broadcasts]),
  })
  return { platform, news, said }
}

describe('the news', () => {
  it('tell of the last failure, the next try and the last reply', () => {
    const { news, said } = start()
    news.answered(fail('busy'))
    news.report(true, 5_000, 4_000, false)
    expect(said).toEqual([
      [
        {
          sending: true,
          online: true,
          hold: undefined,
          nextAttemptAtMs: 5_000,
          lastReplyAtMs: 4_000,
          failure: { kind: 'busy', message: 'A failure of kind busy' },
        },
        false,
      ],
    ])
    news.answered({ ok: true, record: {} })
    news.report(false, undefined, undefined, false)
    expect(said.at(-1)![0]).toMatchObject({ sending: false, failure: undefined, lastReplyAtMs: undefined })
  })

  it('reach the other contexts once, and again after 100 ms: another answer is no news by itself', () => {
    const { platform, news, said } = start()
    const broadcasts = (lastReplyAtMs: number): boolean => {
      news.report(true, undefined, lastReplyAtMs, true)
      return said.at(-1)![1]
    }
    expect([broadcasts(1), broadcasts(2)]).toEqual([true, false])
    platform.clock.jump(100)
    expect([broadcasts(3), broadcasts(4)]).toEqual([true, false])
    news.answered(fail('timeout'))
    expect(broadcasts(5)).toBe(true)
    news.report(false, undefined, 5, false)
    expect([said.at(-1)![1], broadcasts(5)]).toEqual([false, false])
  })

  it('show what another context says, which sends only while there is a network', () => {
    const { platform, news, said } = start()
    const nowMs = platform.clock.now()
    news.onRemoteState({ sending: true, lastReplyAtMs: nowMs + 60_000, failure: undefined })
    news.report(false, undefined, 3, false)
    // A reply from the future was told by a context with another clock.
    expect(said.at(-1)![0]).toMatchObject({ sending: true, lastReplyAtMs: nowMs })
    platform.connectivity.set(false)
    news.report(false, undefined, 3, false)
    expect(said.at(-1)![0]).toMatchObject({ sending: false, online: false })
    platform.connectivity.set(true)
    news.others(false)
    news.report(false, undefined, 3, false)
    expect(said.at(-1)![0].sending).toBe(false)
  })

  it('keep the first reason for which a lane cannot be read, until everything is looked at again', () => {
    const { news, said } = start()
    const reason = (): string | undefined => {
      news.report(false, undefined, undefined, false)
      return said.at(-1)![0].hold?.reason
    }
    news.unread('damaged')
    news.unread('reload')
    expect(reason()).toBe('damaged')
    news.unread(undefined)
    expect(reason()).toBeUndefined()
    news.unread('reload')
    expect(reason()).toBe('reload')
  })
})
