/*
 * A client of several records on a backend in memory: what a hand damages in one of them is to leave the others alone. It runs on a
 * platform in memory and in a browser's page.
 */
import type { Endpoint, Reply } from '../../src/endpoint/endpoint.js'
import { type Client, type Json, openClient, type Properties } from '../../src/index.js'
import type { Platform } from '../../src/platform/platform.js'
import { updating } from './updating.js'

export const account = 'me'
export const ids = ['r0', 'r1', 'r2', 'r3', 'r4'] as const

export interface Keeper {
  /** The records, as the backend has them. */
  readonly records: Map<string, Properties>
  requests: number
  /** `unreachable`: no request gets through; `lossy`: updates of `r1` are carried out, and their answers are lost. */
  weather: 'fine' | 'unreachable' | 'lossy'
  open(platform: Partial<Platform>): Client
  /** Logs in where nobody is, or somebody who has to again. */
  logIn(client: Client): Promise<void>
  /**
   * Leaves what an earlier visit leaves: edits of each record that are pending, one of them sent with its answer lost, a fault, edits that
   * have settled, and a description. `pass`: lets what is under way get on.
   */
  leaveBehind(client: Client, pass: () => Promise<void>): Promise<void>
}

export function createKeeper(database: string): Keeper {
  const records = new Map<string, Properties>(ids.map((id) => [id, { id, n: 0 }]))
  const unreachable: Reply = { ok: false, failure: { kind: 'unreachable', message: 'No way' } }
  const answer = (id: string, make: () => Reply): Reply => {
    keeper.requests++
    return keeper.weather === 'unreachable' ? unreachable : make()
  }
  const endpoint: Endpoint = updating({
    backend: { id: 'keeper', database },
    update: async ({ key: { id }, patch }) =>
      answer(id, () => {
        if (patch['n'] === 'refused')
          return { ok: false, failure: { kind: 'validation', code: 7, message: 'Not that' } }
        const record = { ...records.get(id), ...patch }
        records.set(id, record)
        return keeper.weather === 'lossy' && id === 'r1' ? unreachable : { ok: true, record }
      }),
    read: async ({ id }) => answer(id, () => ({ ok: true, record: records.get(id)! })),
    describe: async () => [{ name: 'n', type: 'INT' }],
  })
  const update = (client: Client, id: string, n: Json): Promise<unknown> => client.record('notes', id).update({ n })
  const keeper: Keeper = {
    records,
    requests: 0,
    weather: 'fine',
    open: (platform) => openClient({ endpoints: { notes: endpoint }, platform, requestTimeoutMs: 2_000 }),
    async logIn(client) {
      const session = client.session$.value
      if (session.state === 'signed-in' && session.account === account) return
      await client.session.use(account, { token: 'TOKEN-OF-MINE' })
    },
    async leaveBehind(client, pass) {
      await keeper.logIn(client)
      await update(client, 'r2', 'refused')
      for (const id of ids) await update(client, id, 1)
      await pass()
      keeper.weather = 'lossy'
      await update(client, 'r1', 2)
      await pass()
      keeper.weather = 'unreachable'
      for (const id of ids) await client.record('notes', id).update({ m: 2 })
      await pass()
    },
  }
  return keeper
}
