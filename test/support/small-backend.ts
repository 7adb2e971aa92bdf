/* A Backendless in memory with one user, behind a fetch that can be told to answer one request in its own way. */
import { onTestFinished } from 'vitest'
import {
  openBackendless,
  type BackendlessApp,
  type FaultEvent,
  type Json,
  type Properties,
} from '../../src/backendless/index.js'
import type { Answering } from './answers.js'
import { turns, type FakeClock } from './fake-clock.js'
import { fakePlatform } from './fake-platform.js'

export type Operation = 'update' | 'read' | 'login'

export interface SmallBackend {
  readonly app: BackendlessApp
  readonly clock: FakeClock
  /** Method and path of each request to the operations, in order. */
  readonly requests: Request[]
  /** The user as the backend has it. */
  readonly stored: Properties
  readonly faults: readonly FaultEvent[]
  /** The next requests of that operation, one for each answer; `applied`: updates are carried out all the same. */
  answer(operation: Operation, answering: Answering, options?: { times?: number; applied?: boolean }): void
  /** Lets time pass until `met`; throws when nothing is due any more. */
  until(met: () => boolean): Promise<void>
  /** The same until a promise has settled; resolves with how. */
  settled<T>(work: Promise<T>): Promise<PromiseSettledResult<T>>
}

export interface SmallBackendOptions {
  /** More columns, by name, of these types; looked at for each description. */
  readonly columns?: { readonly [name: string]: string }
  /** The values that the backend stores in place of those that it got, by column. */
  readonly forms?: { readonly [name: string]: (sent: Json) => Json }
  /** More options of the app. */
  readonly app?: object
}

export const userId = '17'
const usual = [
  { name: 'email', type: 'STRING', required: true, identity: true },
  { name: 'name', type: 'STRING' },
  { name: 'age', type: 'INT' },
]

export function smallBackend({ columns = {}, forms = {}, app: options = {} }: SmallBackendOptions = {}): SmallBackend {
  const unset = Object.fromEntries(Object.keys(columns).map((name) => [name, null]))
  let stored: Properties = { objectId: userId, email: 'ann@x.co', name: 'Ann', age: 1, updated: null, ...unset }
  const requests: Request[] = []
  const scripted: { operation: Operation; answering: Answering; left: number; applied: boolean }[] = []
  const faults: FaultEvent[] = []

  const respond: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const { pathname } = new URL(request.url)
    if (pathname.endsWith('/userclassprops'))
      return Response.json([...usual, ...Object.entries(columns).map(([name, type]) => ({ name, type }))])
    if (pathname.includes('/isvalidusertoken/')) return Response.json(true)
    requests.push(request)
    const operation: Operation = request.method === 'PUT' ? 'update' : request.method === 'POST' ? 'login' : 'read'
    const script = scripted.find((one) => one.operation === operation && one.left > 0)
    const patch = operation === 'update' ? ((await request.clone().json()) as Properties) : {}
    const kept = Object.entries(patch).map(([name, sent]) => [name, name in forms ? forms[name]!(sent) : sent] as const)
    const next = { ...stored, ...Object.fromEntries(kept) }
    if (!script || script.applied) stored = next
    const good = operation === 'login' ? { ...next, 'user-token': 'TOKEN-1' } : next
    if (!script) return Response.json(good)
    script.left--
    return script.answering(good, request)
  }
  const platform = fakePlatform({ fetch: respond })
  const { clock } = platform
  const app = openBackendless({ appId: 'app', apiKey: 'key', ...options, platform })
  app.faults.events$.subscribe((event) => faults.push(event))
  onTestFinished(() => app.close())

  const until = async (met: () => boolean): Promise<void> => {
    for (let steps = 0; ; steps++) {
      for (let more = 0; more < 4 && !met(); more++) await turns()
      if (met()) return
      if (clock.nextDueAtMs === undefined || steps > 200) throw new Error('It will never be: nothing is due')
      await clock.advance(Math.max(0, clock.nextDueAtMs - clock.now()))
    }
  }

  return {
    app,
    clock,
    requests,
    get stored() {
      return stored
    },
    faults,
    answer: (operation, answering, { times = 1, applied = false } = {}) =>
      void scripted.push({ operation, answering, left: times, applied }),
    until,
    async settled(work) {
      let result: PromiseSettledResult<Awaited<typeof work>> | undefined
      void Promise.allSettled([work]).then(([one]) => (result = one))
      await until(() => result !== undefined)
      return result!
    },
  }
}
