/* In the page: edits and answers by turns, and what they take. */
import { filter, firstValueFrom } from 'rxjs'
import { openBackendless, type BackendlessApp } from '../../src/backendless/index.js'
import { openBackendless as openOld } from '../fixtures/holdfast-schema-1.js'
import { settleRaw, settleThroughStore } from './settle-in-bulk.js'
import { completionOf, resultOf } from '../support/raw-storage.js'

interface Person {
  readonly objectId: string
  readonly [property: string]: string | null
}

/** Milliseconds for one edit: until it is saved, and from then on until the app is told of the answer. */
export interface Turns {
  count: number
  saveMs: number
  answerMs: number
}

export interface Soak {
  /** Opens the app on a database of this name; its user registers in the first visit. Resolves with the time until the view is there. */
  open(name: string, root: string, library?: 'old'): Promise<number>
  close(name: string): Promise<void>
  /** Edits one after the other, each when the one before has settled: so many, or for so long. */
  turns(name: string, until: { count: number } | { ms: number }): Promise<Turns>
  /** Settles edits of the user's own record, and opens faults of it, in a database that is closed. */
  fill(name: string, work: { from?: number; edits?: number; faults?: number }): Promise<void>
  /** As the package of the first schema has left them. */
  fillOld(name: string, edits: number, first: number): Promise<void>
  /** Milliseconds for one row in a transaction of its own that waits for the disk, in a database of nobody's. */
  bareWriteMs(count: number): Promise<number>
  storageBytes(): Promise<number>
}

declare global {
  var soak: Soak
}

const password = 'low-tide-at-9'
const apps = new Map<string, BackendlessApp<Person>>()
let value = 0

const now = (): number => performance.now()

function appOf(name: string): BackendlessApp<Person> {
  const app = apps.get(name)
  if (!app) throw new Error(`"${name}" is not open`)
  return app
}

globalThis.soak = {
  async open(name, root, library) {
    const openedMs = now()
    const app = (library ? openOld : openBackendless)<Person>({ baseUrl: root, database: name })
    apps.set(name, app)
    const { state } = await firstValueFrom(app.users.session$.pipe(filter((session) => session.state !== 'opening')))
    if (state === 'signed-out') {
      const email = `${name}@x.co`
      await app.users.register({ email, name: 'Ann', password })
      await app.users.login(email, password)
    }
    await firstValueFrom(app.users.current$.pipe(filter((user) => user !== undefined)))
    return now() - openedMs
  },
  async close(name) {
    await appOf(name).close()
    apps.delete(name)
  },
  async turns(name, until) {
    const { users } = appOf(name)
    const turns: Turns = { count: 0, saveMs: 0, answerMs: 0 }
    const [most, endMs] = 'count' in until ? [until.count, Infinity] : [Infinity, now() + until.ms]
    while (turns.count < most && now() < endMs) {
      const madeMs = now()
      const edit = await users.update({ name: `value ${value++}` })
      const savedMs = now()
      const { outcome } = await edit.settled
      if (outcome !== 'accepted') throw new Error(`An edit ended as ${outcome}`)
      turns.count++
      turns.saveMs += savedMs - madeMs
      turns.answerMs += now() - savedMs
    }
    const { count } = turns
    return { count, saveMs: turns.saveMs / count, answerMs: turns.answerMs / count }
  },
  fill: settleThroughStore,
  fillOld: settleRaw,
  async bareWriteMs(count) {
    const opening = indexedDB.open('bare', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('rows', { keyPath: 'id' })
    const database = await resultOf(opening)
    const beganMs = now()
    for (let id = 0; id < count; id++) {
      const transaction = database.transaction('rows', 'readwrite', { durability: 'strict' })
      transaction.objectStore('rows').put({ id: id % 10, text: `value ${value++}` })
      await completionOf(transaction)
    }
    database.close()
    return (now() - beganMs) / count
  },
  storageBytes: async () => (await navigator.storage.estimate()).usage ?? 0,
}
