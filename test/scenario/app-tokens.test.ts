/* The token of an app is there before a request is written, so that no function of the app leaves an edit in doubt (R2, R21, G9, G10). */
import { describe, expect, it } from 'vitest'
import { type Client, openRest, type OpenRestOptions } from '../../src/rest/index.js'
import { ann, james, logInTo } from '../server/rest-api.js'
import { type Page } from '../support/stage.js'
import { makeRestStage, type RestStage } from '../support/rest-stage.js'

type Authors = { authors: { name: string } }
type Tab = Page<Client<Authors>>

interface World extends RestStage {
  /** Method, path and token of each request. */
  readonly requests: string[]
  /** Of Ann's session at the server. */
  readonly token: string
  open(token: NonNullable<OpenRestOptions['token']>, more?: Partial<OpenRestOptions<Authors>>): Promise<Tab>
  /** Whether a request is noted as sent. */
  hasAttempt(): Promise<boolean>
}

async function makeWorld(): Promise<World> {
  const { server, stage } = await makeRestStage()
  const requests: string[] = []
  const token = await logInTo(server, ann)
  return {
    token,
    server,
    stage,
    requests,
    async open(token, more) {
      const page = stage.openPage(
        (platform) =>
          openRest<Authors>({
            url: server.root,
            account: 'ann',
            collections: { authors: { ids: 'server' } },
            token,
            platform,
            ...more,
          }),
        ({ method, url, headers }) => {
          const path = new URL(url).pathname.replace('/v1/', '')
          requests.push(`${method} ${path} ${headers.get('authorization')}`)
        },
      )
      await stage.quiet()
      return page
    },
    async hasAttempt() {
      const { records = [] } = await stage.rows()
      return records.some((row) => (row as { attempt?: unknown }).attempt !== undefined)
    },
  }
}

const made = { name: 'Ann' }
const hanging = (): Promise<string> => new Promise(() => undefined)

describe('a token function', () => {
  it('that hangs leaves nothing in doubt: the creation goes out once, with no look at the list for a lost one', async () => {
    const world = await makeWorld()
    const { stage, server, requests } = world
    const tab = await world.open(hanging)
    const { id } = await tab.app.collection('authors').create(made)
    await stage.quiet()
    expect(await world.hasAttempt()).toBe(false)
    await stage.advance(31_000)
    expect(tab.app.status$.value).toMatchObject({ pending: 1, faults: 0, failure: { kind: 'timeout' } })
    expect([await world.hasAttempt(), requests]).toEqual([false, []])
    tab.kill()
    const next = await world.open(() => world.token)
    await stage.quiet()
    expect(await next.app.settlement(id)).toMatchObject({ outcome: 'accepted' })
    expect(requests.filter((one) => one.startsWith('POST'))).toEqual([`POST authors Bearer ${world.token}`])
    expect(server.control.all('authors')).toHaveLength(1)
  })

  it('that hangs once is asked again after a pause, and flush() asks at once', async () => {
    const world = await makeWorld()
    let asked = 0
    const tab = await world.open(() => (++asked === 1 ? hanging() : world.token))
    const edit = await tab.app.collection('authors').create(made)
    await world.stage.advance(31_500)
    await tab.app.flush()
    await world.stage.quiet()
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(asked).toBe(2)
  })

  it('that throws makes the edits wait, and is asked again', async () => {
    const world = await makeWorld()
    let asked = 0
    const token = (): string => {
      if (++asked < 3) throw new Error('no network')
      return world.token
    }
    const tab = await world.open(token)
    const edit = await tab.app.collection('authors').create(made)
    await world.stage.quiet()
    expect(tab.app.status$.value).toMatchObject({ pending: 1, faults: 0, failure: { reason: 'token' } })
    expect(await world.hasAttempt()).toBe(false)
    await world.stage.advance(10_000)
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
    expect(asked).toBe(3)
  })

  it('that has none holds the account, and rolls nothing back', async () => {
    const world = await makeWorld()
    let token: string | undefined
    const tab = await world.open(() => token)
    const edit = await tab.app.collection('authors').create(made)
    await world.stage.quiet()
    expect(tab.app.session$.value).toMatchObject({ state: 'expired', failure: { reason: 'token' } })
    expect([await world.hasAttempt(), world.requests, tab.app.faults.open$.value]).toEqual([false, [], []])
    token = world.token
    await tab.app.flush()
    await world.stage.quiet()
    expect(await edit.settled).toMatchObject({ outcome: 'accepted' })
  })

  it('is asked once for edits that go out together, and not at all while nothing is pending', async () => {
    const world = await makeWorld()
    let asked = 0
    const tab = await world.open(() => (++asked, world.token))
    await world.stage.advance(60_000)
    expect(asked).toBe(0)
    const all = tab.app.collection('authors')
    await Promise.all(['a', 'b', 'c'].map((name) => all.create({ name })))
    await world.stage.quiet()
    expect(world.server.control.all('authors')).toHaveLength(3)
    expect(asked).toBe(1)
    await world.stage.advance(60_000)
    expect(asked).toBe(1)
  })

  it('gives each account its own: what one has left waits for its next login', async () => {
    const world = await makeWorld()
    const { stage, requests } = world
    const tokens: { [account: string]: string } = { ann: world.token, james: await logInTo(world.server, james) }
    const token = (account: string): string => tokens[account]!
    const tab = await world.open(token, { account: undefined as never })
    await tab.app.session.use('ann')
    tab.platform.connectivity.set(false)
    const edit = await tab.app.collection('authors').create(made)
    await tab.app.session.leave({ pending: 'keep' })
    await tab.app.session.use('james')
    await stage.reconnect(tab)
    await tab.app.collection('authors').create({ name: 'James' })
    await stage.quiet()
    expect(new Set(requests.map((one) => one.split(' ').at(-1)))).toEqual(new Set([tokens.james]))
    expect(world.server.control.all('authors')).toMatchObject([{ name: 'James' }])
    await tab.app.session.use('ann')
    await stage.quiet()
    expect(await tab.app.settlement(edit.id)).toMatchObject({ outcome: 'accepted' })
    expect(requests.at(-1)).toBe(`POST authors Bearer ${tokens.ann}`)
  })
})
