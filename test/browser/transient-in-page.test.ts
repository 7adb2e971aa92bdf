/* The effects of a network, and of machines in it, on an answer: in every engine the edit stays, and takes effect once. */
import { describe, it } from 'vitest'
import { effects, meddle, openWithUser } from '../support/page/backend.js'

const troubles: readonly [string, object, number?][] = [
  ["a gateway's 502 page", { do: 'gateway', status: 502 }],
  ["a gateway's 404 page", { do: 'gateway', status: 404 }],
  ["a gateway's 403 page", { do: 'gateway', status: 403 }],
  ['a 500 that names no fault', { do: 'server-error', as: 'json' }],
  ['a 504 after the update was applied', { do: 'gateway', status: 504, applied: true }],
  ['429 with a wait', { do: 'too-many-requests', retryAfter: 1 }],
  ['a portal page', { do: 'captive-portal' }],
  ['a portal page that this page may not read', { do: 'captive-portal', cors: false }],
  // More than once, since engines repeat a PUT by themselves when a kept-alive connection drops.
  ['a refused connection', { do: 'refuse' }, 4],
  ['a lost answer', { do: 'lose-answer' }, 4],
  ['a cut body', { do: 'cut-body' }],
  ['an empty body', { do: 'empty-body' }],
]

describe('an edit outlasts', () => {
  // Side by side: each waits for the first retry, which comes after a second or two.
  it.concurrent.for(troubles)('%s', async ([, action, times], { expect, onTestFinished }) => {
    const { app, user } = await openWithUser({}, onTestFinished)
    await meddle(user.objectId, action, times)
    const shown: unknown[] = []
    app.users.current$.subscribe((current) => shown.push(current?.name))

    const { settled } = await app.users.update({ name: 'James' })

    expect(await settled).toMatchObject({ outcome: 'accepted' })
    expect([...new Set(shown)]).toEqual(['Ann', 'James'])
    expect(shown.lastIndexOf('Ann')).toBeLessThan(shown.indexOf('James'))
    expect(app.status$.value).toMatchObject({ pending: 0, faults: 0 })
    expect(await effects(user.objectId)).toEqual({ name: ['James'] })
  })
})
