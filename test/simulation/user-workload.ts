// Updates of the own record on a Backendless.
import type {
  BackendlessApp,
  BackendlessOptions,
  ClientOptions,
  Json,
  openBackendless,
  Patch,
} from '../../src/backendless/index.js'
import type { Dice } from './dice.js'
import { type Flaws, Judge, type Made, numberOf } from './judge.js'
import { accounts, Server } from './server.js'
import type { Surroundings, Tab, Workload } from './workload.js'
import { World, type Scenario } from './world.js'

export interface UserScenario extends Scenario {
  /** The code under test; a planted bug takes its place by a changed copy. */
  open: typeof openBackendless
}

/** A world in which people update their own records. */
export function userWorld(scenario: UserScenario): World {
  return new World(scenario, (world) => createUserWorkload(world, scenario.open))
}

/** The values that the server refuses, by the code of the refusal: property and value. */
const flaws: Flaws = new Map([
  [3040, /!invalid/],
  [1011, /!forbidden/],
  [20_001, /!odd/],
  [3018, /^email .*@X\.co/],
  [3031, /^ghost/],
])

function createUserWorkload(world: Surroundings, open: typeof openBackendless): Workload<BackendlessApp> {
  const { dice, seed, note } = world
  const server = new Server(world.nowMs)
  server.refusesCopies = dice.chance(0.3)
  // Not by the dice: a world stays the one that it was, with either description.
  server.describesFormer = seed % 2 === 1
  const conflicts = dice.chance(0.7) ? 'compare' : 'overwrite'
  const judge = new Judge({ server, nowMs: world.nowMs, compares: conflicts === 'compare', flaws })
  let edits = 0
  let options: BackendlessOptions & ClientOptions

  const sessionOf = (session: BackendlessApp['users']['session$']['value']) => ({
    state: session.state,
    ...('userId' in session && { account: session.userId }),
  })

  const edit = (tab: Tab<BackendlessApp>): void => {
    const { account, app, platform } = tab
    if (account === undefined) return
    const n = ++edits
    const values = drawValues(dice, account, n)
    const made: Made = { n, account, tab: platform.name, patch: values, state: 'making' }
    note(`${platform.name} edit ${n} ${JSON.stringify(values)}`)
    const isDraft = dice.chance(0.2)
    const change = isDraft ? (draft: object) => void Object.assign(draft, values) : values
    judge.made.push(made)
    const saving = app.users.update(change as Patch, { meta: { n } })
    world.follow(tab, made, saving)
    const view = app.users.current$.value as { readonly [property: string]: Json } | undefined
    // A draft that changes nothing is no edit, and storage that heals may have no snapshot yet.
    if (made.state !== 'making' || !view) return
    const hidden = Object.entries(values).filter(([property, value]) => (view[property] ?? null) !== value)
    const violated = (): void => {
      for (const [property] of hidden) judge.violated(`${platform.name} does not show edit ${n} at once (${property})`)
    }
    saving.then(violated, (error: { name: string; code?: number }) => {
      // Refused before it was saved: this backend has no such property, and a 3031 has told.
      const isRefused = error.name === 'InvalidEditError' && error.code === 3031 && 'ghost' in values
      if (!isRefused) violated()
    })
  }

  return {
    server,
    judge,
    root: 'https://api.sim/app/key/',
    title: `conflicts ${conflicts}`,
    isWrite: (method, path) => method === 'PUT' && path.startsWith('users/'),
    drawOptions() {
      options = {
        appId: 'app',
        apiKey: 'key',
        baseUrl: 'https://api.sim',
        database: 'sim',
        conflicts,
        ...(dice.chance(0.3) && { freshForMs: dice.pick([0, 5_000]) }),
      }
    },
    open: ({ platform }) => open({ ...options, platform }),
    onSession: ({ users }, listener) => void users.session$.subscribe((session) => listener(sessionOf(session))),
    session: ({ users }) => sessionOf(users.session$.value),
    watch({ app, platform }) {
      app.users.current$.subscribe((view) => {
        if (platform.state === 'dead') return
        note(`${platform.name} sees ${JSON.stringify(view)}`)
        judge.shown(platform.name, view as never, sessionOf(app.users.session$.value).account)
      })
    },
    login: ({ users }, account, stayLoggedIn) => users.login(account, 'secret', { stayLoggedIn }),
    logout: ({ users }, pending) => users.logout(pending && { pending }),
    refresh: ({ app }) => app.users.refresh(),
    edit,
    writeElsewhere() {
      const account = dice.pick(accounts)
      server.writeAs(account, { [dice.pick(['p0', 'p1', 'p2', 'p3'])]: `o-${account}-${++edits}` })
      note(`another client writes to ${account}`)
    },
    answerFault(tab) {
      const [fault] = tab.app.faults.open$.value
      if (!fault) return
      const isRetry = dice.chance(0.4)
      note(`${tab.platform.name} ${isRetry ? 'retries' : 'discards'} the fault of ${fault.editIds.join()}`)
      if (isRetry)
        for (const value of Object.values(fault.mine ?? {})) {
          const n = numberOf(value)
          if (n !== undefined) judge.retried.add(n)
        }
      world.attempt(tab, 'fault', isRetry ? tab.app.faults.retry(fault.id) : tab.app.faults.discard(fault.id))
    },
    shows: ({ app }) => JSON.stringify(app.users.current$.value),
    compare({ app, platform, account }) {
      const view = app.users.current$.value as { readonly [property: string]: Json } | undefined
      const row = server.users.get(account!)!
      for (const [property, value] of Object.entries(row))
        if (view?.[property] !== value)
          judge.violated(
            `${platform.name} shows ${property} ${JSON.stringify(view?.[property])}, the server has ${JSON.stringify(value)}`,
          )
    },
  }
}

function drawValues(dice: Dice, account: string, n: number): { [property: string]: Json } {
  const values: { [property: string]: Json } = {}
  for (let left = dice.weighted({ 1: 6, 2: 3, 3: 1 }) === '1' ? 1 : dice.integer(2, 3); left; left--) {
    const property = dice.weighted({ p0: 5, p1: 4, p2: 2, p3: 2, age: 1, email: 1, ghost: 0.3 })
    const flaw = dice.weighted({ '': 30, '!invalid': 1, '!forbidden': 0.5, '!odd': 0.5 })
    if (property === 'age') values.age = dice.chance(0.5) ? 1_000 + n : String(1_000 + n)
    else if (property === 'email')
      values.email = dice.chance(0.3)
        ? account === 'bob'
          ? 'Ann@X.co'
          : 'Bob@X.co'
        : dice.chance(0.5)
          ? ` N${n}@X.co`
          : `n${n}@x.co`
    else values[property] = dice.chance(0.04) ? null : `${account}-${n}${flaw}`
  }
  return values
}
