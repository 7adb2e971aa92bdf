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
    onState: (state, tells) => void said.push([state, tells]),
  })
  return { platform, news, said }
}

describe('the news', () => {
  it('tell of the last failure, the next try and the last reply', () => {
    const { news, said } = start()
    news.answered(fail('busy'))
    news.tell(true, 5_000, 4_000, false)
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
    news.tell(false, undefined, undefined, false)
    expect(said.at(-1)![0]).toMatchObject({ sending: false, failure: undefined, lastReplyAtMs: undefined })
  })

  it('reach the other contexts once, and again after 100 ms: another answer is no news by itself', () => {
    const { platform, news, said } = start()
    const tells = (lastReplyAtMs: number): boolean => {
      news.tell(true, undefined, lastReplyAtMs, true)
      return said.at(-1)![1]
    }
    expect([tells(1), tells(2)]).toEqual([true, false])
    platform.clock.jump(100)
    expect([tells(3), tells(4)]).toEqual([true, false])
    news.answered(fail('timeout'))
    expect(tells(5)).toBe(true)
    news.tell(false, undefined, 5, false)
    expect([said.at(-1)![1], tells(5)]).toEqual([false, false])
  })

  it('show what another context says, which sends only while there is a network', () => {
    const { platform, news, said } = start()
    const nowMs = platform.clock.now()
    news.heard({ sending: true, lastReplyAtMs: nowMs + 60_000, failure: undefined })
    news.tell(false, undefined, 3, false)
    // A reply from the future was told by a context with another clock.
    expect(said.at(-1)![0]).toMatchObject({ sending: true, lastReplyAtMs: nowMs })
    platform.connectivity.set(false)
    news.tell(false, undefined, 3, false)
    expect(said.at(-1)![0]).toMatchObject({ sending: false, online: false })
    platform.connectivity.set(true)
    news.others(false)
    news.tell(false, undefined, 3, false)
    expect(said.at(-1)![0].sending).toBe(false)
  })

  it('keep the first reason for which a lane cannot be read, until everything is looked at again', () => {
    const { news, said } = start()
    const reason = (): string | undefined => {
      news.tell(false, undefined, undefined, false)
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
