/*
 * The story's page: an app on `holdfast/backendless`. The story drives its person from outside, and the page reports its
 * observations.
 */
import {
  isHoldfastError,
  openBackendless,
  type Fault,
  type Platform,
  type Settlement,
} from '../../src/backendless/index.js'
import type { Profile } from '../fieldbook/app.js'
import { tell, tellStatus } from './tell.js'

/** A fault as the story asks about it. */
export type NewFault = Pick<Fault, 'id' | 'code' | 'reason'>

export interface SavedEdit {
  readonly id: string
  /** The name in the view before `update()` returned its promise. */
  readonly shownAtOnce: Profile | undefined
  readonly savedAfterMs: number
}

export interface StoryPage {
  login(identity: string, password: string): Promise<void>
  update(patch: Partial<Profile>): Promise<SavedEdit>
  /** The code of the error that refuses the edit at once. */
  refusedAtOnce(patch: Partial<Profile>): Promise<unknown>
  /** Answers a fault with other values; resolves with the new edit's id. */
  amend(faultId: string, patch: Partial<Profile>): Promise<string>
  /** Moves the device's clock on by so much, like the sleep of a device. */
  sleep(ms: number): void
  /** Resolves when the view is there, which after a restart is when the database has been opened. */
  view(): Promise<Profile>
  pending(): Promise<number>
  /** The marked properties, with their marks. */
  fields(): { readonly [property: string]: string }
  flush(): Promise<void>
  outcome(editId: string): Promise<Settlement['outcome']>
}

declare global {
  var story: StoryPage
}

const baseUrl = new URLSearchParams(location.search).get('api')!
let aheadMs = 0
const clock: Platform['clock'] = {
  now: () => Date.now() + aheadMs,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      const wake = (): void => {
        clearTimeout(timer)
        resolve()
      }
      if (signal?.aborted) wake()
      signal?.addEventListener('abort', wake)
    }),
}
const { users, status$, storage$, faults, flush, settlement } = openBackendless<Profile>({
  baseUrl,
  platform: { clock },
})

users.session$.subscribe(({ state }) => tell('session', state))
users.current$.subscribe((user) => {
  if (user) tell('view', ['name', 'nickname', 'email', 'phone'].map((name) => wordsFor(name, user)).join(', '))
})
tellStatus(status$)
storage$.subscribe((state) => {
  if (state !== 'ok') tell('storage', state)
})
faults.events$.subscribe(({ fault, replayed }) => {
  const { id, code, reason, kind, message, base, mine, theirs, properties } = fault
  const values = (of: object): string => properties.map((name) => wordsFor(name, of)).join(', ')
  const compared = `base: ${values(base)}; mine, rolled back: ${values(mine)}; theirs: ${values(theirs)}`
  tell('fault', `${kind} ${code ?? reason}: ${message}; ${compared}`, {
    ...(!replayed && { newFault: { id, ...(code !== undefined && { code }), ...(reason && { reason }) } }),
  })
})

globalThis.story = {
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
  async refusedAtOnce(patch) {
    // Fetched behind the first answer: before that, only the server could refuse it.
    await users.describe()
    try {
      await users.update(patch)
      return 'saved'
    } catch (error) {
      if (!isHoldfastError(error)) throw error
      tell('refused', `${error.name}: ${error.message}`)
      return 'code' in error ? error.code : error.name
    }
  },
  amend: async (faultId, patch) => (await faults.amend(faultId, patch)).id,
  sleep: (ms) => void (aheadMs += ms),
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
