/* The story's page: an app on `holdfast/backendless`, told from outside what its person does. It says what it observes. */
import { openBackendless, type Settlement } from '../../src/backendless/index.js'
import type { Profile } from '../app/profile.js'

/** Something that the app was told by the client. */
export interface Told {
  readonly atMs: number
  readonly from: string
  readonly text: string
  /** A fault that was not open before the page was. */
  readonly newFaultCode?: number | string
}

export interface SavedEdit {
  readonly id: string
  /** What the view said before `update()` returned its promise. */
  readonly shownAtOnce: Profile | undefined
  readonly savedAfterMs: number
}

export interface StoryPage {
  /** Hands what was told so far, and then all that comes, in order to `hear`. */
  listen(): void
  login(identity: string, password: string): Promise<void>
  update(patch: Partial<Profile>): Promise<SavedEdit>
  /** Resolves when the view is there, which after a restart is when the database has been opened. */
  view(): Promise<Profile>
  pending(): Promise<number>
  /** The properties that carry a mark, and which. */
  fields(): { readonly [property: string]: string }
  flush(): Promise<void>
  outcome(editId: string): Promise<Settlement['outcome']>
}

declare global {
  var story: StoryPage
  /** Put into the page from outside, once it is open. */
  var hear: (told: Told) => void
}

const baseUrl = new URLSearchParams(location.search).get('api')!
const { users, status$, storage$, faults, flush, settlement } = openBackendless<Profile>({ baseUrl })

const early: Told[] = []
let pass = (told: Told): void => void early.push(told)
function tell(from: string, text: string, extra?: Pick<Told, 'newFaultCode'>): void {
  pass({ atMs: Date.now(), from, text, ...extra })
}

users.session$.subscribe(({ state }) => tell('session', state))
users.current$.subscribe((user) => {
  if (user) tell('view', ['name', 'nickname', 'email', 'phone'].map((name) => wordsFor(name, user)).join(', '))
})
let lastStatus = ''
status$.subscribe(({ phase, pending, failure }) => {
  const status = `${phase}, ${pending} pending${phase === 'waiting' && failure ? `: ${failure.kind}` : ''}`
  if (status !== lastStatus) tell('status', (lastStatus = status))
})
storage$.subscribe((state) => {
  if (state !== 'ok') tell('storage', state)
})
faults.events$.subscribe(({ fault, replayed }) => {
  const { code, kind, message, mine } = fault
  const values = Object.keys(mine).map((name) => wordsFor(name, mine))
  tell('fault', `${kind} ${code}: ${message}; rolled back ${values.join(', ')}`, {
    ...(!replayed && code !== undefined && { newFaultCode: code }),
  })
})

globalThis.story = {
  listen() {
    early.forEach(hear)
    pass = hear
  },
  async login(identity, password) {
    await users.login(identity, password)
  },
  async update(patch) {
    const calledAtMs = performance.now()
    const saving = users.update(patch)
    const shownAtOnce = users.current$.value
    const { id } = await saving
    return { id, shownAtOnce, savedAfterMs: performance.now() - calledAtMs }
  },
  view: () =>
    new Promise((resolve) => {
      const subscription = users.current$.subscribe((user) => {
        if (!user) return
        resolve(user)
        queueMicrotask(() => subscription.unsubscribe())
      })
    }),
  async pending() {
    await story.view()
    return status$.value.pending
  },
  fields: () => Object.fromEntries(Object.entries(users.fields$.value).map(([name, { state }]) => [name, state])),
  async flush() {
    await flush()
  },
  outcome: async (editId) => (await settlement(editId)).outcome,
}

function wordsFor(property: string, values: object): string {
  return `${property} ${JSON.stringify((values as { [name: string]: unknown })[property] ?? null)}`
}
