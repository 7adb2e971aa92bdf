/* Who is logged in, in all tabs of a device, and where the token is (R14, G11). */
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Accounts, createAccounts } from '../../src/session/accounts.js'
import { signOut } from '../../src/session/sign-out.js'
import { createTokens, type Tokens } from '../../src/session/tokens.js'
import type { Database } from '../../src/store/database.js'
import { readPending, saveEdits } from '../../src/store/edits.js'
import type { Session } from '../../src/store/rows.js'
import { abandonSession, expireSession, readSession, takeTurn } from '../../src/store/sessions.js'
import { makeEdit } from '../model/make-edit.js'
import { turns } from '../support/fake-clock.js'
import { fakePlatform, type FakePlatform } from '../support/fake-platform.js'
import { openDatabase, plainOptions } from '../support/open-database.js'

interface Tab {
  platform: FakePlatform
  db: Database
  tokens: Tokens
  accounts: Accounts
  session(): Promise<Session | undefined>
  save(account: string): Promise<unknown>
}

async function openTab(first?: Tab): Promise<Tab> {
  const platform = fakePlatform(first && { device: first.platform.device })
  const db = await openDatabase({ ...plainOptions, name: 'session', platform })
  const tokens = createTokens({ ...platform, db })
  onTestFinished(() => {
    tokens.close()
    db.close()
  })
  let saves = 0
  return {
    platform,
    db,
    tokens,
    accounts: createAccounts({ ...platform, db, tokens }),
    session: () => readSession(db),
    save(account) {
      const label = `l${platform.random.id()}${saves++}`
      const edits = [{ key: { collection: 'users', id: 'u1' }, edit: makeEdit(`${label}-0`, { a: 1 }) }]
      return saveEdits(db, { account, label, edits, nowMs: 0 })
    },
  }
}

/** Everything that lies on the device, as text. */
async function stored(tab: Tab): Promise<string> {
  const rows = await tab.db.read(async (tables) => [await tables.meta.getAll(), await tables.records.getAll()])
  return JSON.stringify(rows)
}

describe('a token', () => {
  it.each([
    ['of a person who stays logged in is stored', {}, true],
    ['of a guest is always stored', { guest: true, stayLoggedIn: false }, true],
    ['of a person who does not stay logged in is in memory only', { stayLoggedIn: false }, false],
  ])('%s (G11)', async (_what, options, isStored) => {
    const tab = await openTab()
    await tab.accounts.use('me', { token: 'secret', ...options })
    expect((await stored(tab)).includes('secret')).toBe(isStored)
    expect(tab.tokens.of((await tab.session())!)).toEqual({ token: 'secret' })
  })

  it('that there is none of needs none', async () => {
    const tab = await openTab()
    await tab.accounts.use('me')
    expect(tab.tokens.of((await tab.session())!)).toEqual({})
    await tab.accounts.restore()
    expect(await tab.session()).toBeDefined()
  })

  it('is handed to a tab that opens, as long as another one has it', async () => {
    const one = await openTab()
    await one.accounts.use('me', { token: 'secret', stayLoggedIn: false })
    const two = await openTab(one)
    await two.accounts.restore()
    expect(two.tokens.of((await two.session())!)).toEqual({ token: 'secret' })

    one.platform.crash()
    const three = await openTab(one)
    await three.accounts.restore()
    expect(three.tokens.of((await three.session())!)).toEqual({ token: 'secret' })
    expect(one.platform.clock.sleeping).toBe(0)
  })

  it('that no tab has any more ends the session, and its edits wait for the next login', async () => {
    const one = await openTab()
    await one.accounts.use('me', { token: 'secret', stayLoggedIn: false })
    await one.save('me')
    one.platform.crash()
    const two = await openTab(one)
    const restored = two.accounts.restore()
    await two.platform.clock.advance(1_000)
    await restored
    expect(await two.session()).toBeUndefined()

    await two.accounts.use('me', { token: 'another' })
    expect((await readPending(two.db, 'me'))[0]!.edits).toHaveLength(1)
  })

  it('is not taken from a tab that was not asked, nor for another session', async () => {
    const tab = await openTab()
    const session: Session = { account: 'me', sessionId: 's1', hasToken: true, stayLoggedIn: false, guest: false }
    const stranger = tab.platform.device.channels.forTab(new AbortController().signal).open('session:tokens')
    for (const message of [
      { sessionId: 's1', token: 'evil' },
      { sessionId: 's1', token: 5 },
      { sessionId: 5, token: 'evil' },
      'text',
      null,
      5,
    ])
      stranger.post(message)
    await turns(5)
    const asked = tab.tokens.ask(session)
    stranger.post({ sessionId: 's2', token: 'evil' })
    stranger.post({ sessionId: 's1', token: {} })
    await tab.platform.clock.advance(1_000)
    await asked
    stranger.post({ sessionId: 's1', token: 'late' })
    await turns(5)
    expect(tab.tokens.of(session)).toBeUndefined()
    expect(tab.tokens.of({ ...session, sessionId: 's2' })).toBeUndefined()
  })

  it('is forgotten by the tab that logs out', async () => {
    const tab = await openTab()
    await tab.accounts.use('me', { token: 'secret', stayLoggedIn: false })
    const session = (await tab.session())!
    await tab.accounts.leave(undefined)
    expect(tab.tokens.of(session)).toBeUndefined()
  })
})

describe('a session', () => {
  it('that begins while a tab looks for the token of the one before is left alone', async () => {
    const one = await openTab()
    await one.accounts.use('me', { token: 'secret', stayLoggedIn: false })
    one.platform.crash()
    const two = await openTab(one)
    const restored = two.accounts.restore()
    await turns(20)
    const three = await openTab(one)
    await three.accounts.use('me', { token: 'another', stayLoggedIn: false })
    await two.platform.clock.advance(5_000)
    await restored
    expect(two.tokens.of((await two.session())!)).toEqual({ token: 'another' })
  })

  it('is another one at each login, so that what is said of an older one does not count', async () => {
    const tab = await openTab()
    await tab.accounts.use('me', { token: 't' })
    const first = (await tab.session())!
    await tab.accounts.use('me', { token: 't' })
    expect((await tab.session())!.sessionId).not.toBe(first.sessionId)
  })

  it('of a guest with pending edits cannot be replaced by another account', async () => {
    const tab = await openTab()
    await tab.accounts.use('guest', { token: 't', guest: true })
    await tab.save('guest')
    await expect(tab.accounts.use('me', { token: 't' })).rejects.toMatchObject({ name: 'PendingEditsError', count: 1 })
    expect((await tab.session())!.account).toBe('guest')
  })
})

describe('a turn', () => {
  it('that is not the last one begins no session and ends none, in any tab (R14)', async () => {
    const one = await openTab()
    const two = await openTab(one)
    const early = await takeTurn(one.db)
    const last = await takeTurn(two.db)
    await expect(one.accounts.use('ann', { token: 'a' }, early)).rejects.toMatchObject({ name: 'SupersededError' })
    expect(await one.session()).toBeUndefined()
    await two.accounts.use('bob', { token: 'b' }, last)
    await expect(one.accounts.leave('keep', { turn: early })).rejects.toMatchObject({ name: 'SupersededError' })
    expect((await one.session())!.account).toBe('bob')
    await two.accounts.leave('keep', { turn: last })
    expect(await one.session()).toBeUndefined()
  })

  it('is of no account: a session that ends by itself, or has expired, overtakes nobody', async () => {
    const tab = await openTab()
    await tab.accounts.use('ann', { token: 'a', stayLoggedIn: false })
    const turn = await takeTurn(tab.db)
    await abandonSession(tab.db, (await tab.session())!.sessionId)
    await tab.accounts.use('bob', { token: 'b' }, turn)
    expect((await tab.session())!.account).toBe('bob')
  })

  it('of before a lost database still counts, since nobody has called after it', async () => {
    const tab = await openTab()
    const turn = await takeTurn(tab.db)
    await tab.db.write(async (_, state) => {
      delete state.turn
      return undefined
    }, 'edit')
    await tab.accounts.use('ann', { token: 'a' }, turn)
    expect((await tab.session())!.account).toBe('ann')
    // And one that is taken in the new one is later.
    expect(await takeTurn(tab.db)).toBeGreaterThan(turn)
    await expect(tab.accounts.use('bob', { token: 'b' }, turn)).rejects.toMatchObject({ name: 'SupersededError' })
  })

  it('tells which token is of no more use to the backend', async () => {
    const tab = await openTab()
    expect(await tab.accounts.use('ann', { token: 'a', stayLoggedIn: false })).toBeUndefined()
    expect(await tab.accounts.use('ann', { token: 'a' })).toBeUndefined()
    expect(await tab.accounts.use('bob', { token: 'b', stayLoggedIn: false })).toBe('a')
    expect(await tab.accounts.use('cid', { token: 'c' })).toBe('b')
    await expireSession(tab.db, (await tab.session())!.sessionId, { kind: 'auth', message: 'gone' })
    expect(await tab.accounts.use('bob', { token: 'd' })).toBeUndefined()
    expect(await tab.accounts.leave('keep')).toBe('d')
    expect(await tab.accounts.leave('keep')).toBeUndefined()
  })
})

describe('signing out', () => {
  const signedIn = async (): Promise<Tab> => {
    const tab = await openTab()
    await tab.accounts.use('me', { token: 't' })
    await tab.save('me')
    return tab
  }

  it.each([
    ['says nothing', undefined],
    ['sends, and some remain', 'send' as const],
  ])('fails when the app %s of pending edits, and changes nothing', async (_what, pending) => {
    const tab = await signedIn()
    let flushed = 0
    const left = signOut(tab.accounts, { account: 'me', turn: Infinity, pending }, async () => void flushed++)
    await expect(left).rejects.toMatchObject({ name: 'PendingEditsError', count: 1 })
    expect(flushed).toBe(pending === 'send' ? 1 : 0)
    expect((await tab.session())!.account).toBe('me')
    expect(tab.tokens.of((await tab.session())!)).toEqual({ token: 't' })
  })

  it.each([
    ['keep', 1],
    ['discard', 0],
  ] as const)('with %s leaves %i edits, sends none, and no record but theirs', async (pending, count) => {
    const tab = await signedIn()
    await signOut(tab.accounts, { account: 'me', turn: Infinity, pending }, () => Promise.reject(new Error('sent')))
    expect(await tab.session()).toBeUndefined()
    expect(await readPending(tab.db, 'me')).toHaveLength(count)
  })

  it('says what went wrong when sending did, and stays signed in', async () => {
    const tab = await signedIn()
    const left = signOut(tab.accounts, { account: 'me', turn: Infinity, pending: 'send' }, () =>
      Promise.reject(new Error('no')),
    )
    await expect(left).rejects.toThrow('no')
    expect(await tab.session()).toBeDefined()
  })

  it('leaves alone an account that has logged in elsewhere meanwhile', async () => {
    const tab = await signedIn()
    await tab.accounts.use('other', { token: 'u' })
    const left = signOut(tab.accounts, { account: 'me', turn: Infinity, pending: 'discard' }, () => Promise.resolve())
    await expect(left).rejects.toMatchObject({ name: 'NotLoggedInError' })
    expect((await tab.session())!.account).toBe('other')
    expect(await readPending(tab.db, 'me')).toHaveLength(1)
  })
})
