/*
 * A page whose storage gets into trouble. It edits when told to and remembers, in itself, what the client said: a socket
 * would go down with WebKit's storage process. `?life=` counts the pages of a test, `?mute` is a browser that never opens, and with
 * `?database=` the client leaves this database alone.
 */
import {
  openBackendless,
  type BackendlessApp,
  type StorageError,
  type StorageState,
} from '../../../src/backendless/index.js'
import { valueOf, type SavedEdit } from '../../torture/judge.js'

export interface TroublePage {
  readonly app: BackendlessApp
  /** Each state of local storage, from the first on. */
  readonly states: StorageState[]
  readonly saved: SavedEdit[]
  /** Edits that the client refused, with its reason and what it knows of the outcome. */
  readonly failed: {
    readonly value: string
    readonly reason: string
    readonly outcome: string | undefined
    readonly cause: string
  }[]
  /** The ends of the saved edits, by id, as far as their promises have told. */
  readonly outcomes: { readonly [editId: string]: string }
  /** Makes edits from now on, or none any more. */
  stream(on: boolean): void
  /** Makes one edit, with so much more text in a property of its own; resolves with `saved` or the reason it was refused. */
  edit(extraText?: number): Promise<string>
  /** Asks for a transaction of its own on every table, and keeps it from ending. Resolves once it has it. */
  keepTransaction(): Promise<void>
  /** Opens the database as a version did that is older than any, and does not hear of a newer one. Resolves with the version. */
  keepOlder(): Promise<number>
  /** Closes what `keepOlder` opened. */
  letGo(): void
}

declare global {
  var trouble: TroublePage
}

const database = 'trouble'
let older: IDBDatabase | undefined
const propertyCount = 10

const parameters = new URLSearchParams(location.search)
const life = Number(parameters.get('life'))
const states: StorageState[] = []
const saved: SavedEdit[] = []
const failed: { value: string; reason: string; outcome: string | undefined; cause: string }[] = []
const outcomes: { [editId: string]: string } = {}
let n = 0
let streaming = false

/** Answers nothing, as a browser whose storage hangs does. */
const muteFactory = {
  indexedDB: Object.assign(Object.create(indexedDB) as IDBFactory, {
    open: () => new EventTarget() as IDBOpenDBRequest,
  }),
  IDBKeyRange,
}

const app = openBackendless({
  baseUrl: parameters.get('root')!,
  database: parameters.get('database') ?? database,
  requestTimeoutMs: 1_000,
  ...(parameters.has('mute') && { platform: { databases: { factory: muteFactory } } }),
})
app.storage$.subscribe((state) => states.push(state))

/**
 * Text that does not compress. Its first character makes engines keep it with two bytes a character, and in JSON it has one: past a
 * transaction of 1 MB Chromium looks at the quota, and an edit may have 1 MB of JSON.
 */
function noise(length: number): string {
  let text = '語'
  while (text.length < length) text += String.fromCharCode(0x23 + Math.random() * 0x39)
  return text
}

async function edit(extraText = 0): Promise<string> {
  const value = valueOf(life, ++n)
  // Each property but every third is written once in so many edits, so that nothing hides what was lost; a table has room for
  // no more columns.
  const property = n % 3 === 0 ? `p${life}_${n % propertyCount}` : `p${life}_x${n % 999}`
  try {
    const options = extraText > 0 ? { meta: noise(extraText) } : {}
    const { id, settled } = await app.users.update({ [property]: value }, options)
    void settled.then(({ outcome }) => (outcomes[id] = outcome))
    saved.push({ id, value, properties: [property] })
    return 'saved'
  } catch (error) {
    const { name, reason, outcome, cause } = error as StorageError
    failed.push({ value, reason: reason ?? name, outcome, cause: String(cause) })
    return reason ?? name
  }
}

async function keepStreaming(): Promise<void> {
  while (streaming) {
    void edit()
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 15))
  }
}

function keepTransaction(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(database)
    request.addEventListener('error', () => reject(request.error as Error))
    request.addEventListener('success', () => {
      const { result } = request
      const meta = result.transaction([...result.objectStoreNames], 'readwrite').objectStore('meta')
      const goOn = (): void => {
        meta.get('none').addEventListener('success', () => {
          resolve()
          goOn()
        })
      }
      goOn()
    })
  })
}

globalThis.trouble = {
  app,
  states,
  saved,
  failed,
  outcomes,
  stream(on) {
    if (on === streaming) return
    streaming = on
    if (on) void keepStreaming()
  },
  edit,
  keepTransaction,
  keepOlder: () =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open(database, 1)
      request.addEventListener('error', () => reject(request.error as Error))
      request.addEventListener('success', () => {
        older = request.result
        resolve(older.version)
      })
    }),
  letGo: () => older?.close(),
}
