/* Damage that a hand, a bug or a script of the origin can do to rows: for a fuzzer, in memory and in a browser. */
import fc from 'fast-check'

export const tables = ['meta', 'records', 'edits', 'faults', 'fates', 'ids'] as const
export type Table = (typeof tables)[number]

/** Something that no row of ours has in any place where something else is. */
export const nonsense: readonly [name: string, make: () => unknown][] = [
  ['NaN', () => Number.NaN],
  ['Infinity', () => Infinity],
  ['a negative number', () => -1],
  ['a number that is counted up no more', () => Number.MAX_SAFE_INTEGER],
  ['a number beyond all bounds', () => 1e300],
  ['null', () => null],
  ['undefined', () => undefined],
  ['an empty text', () => ''],
  ['a text', () => 'not so'],
  ['a flag', () => true],
  ['an empty list', () => []],
  ['a list of nothing', () => [null, undefined, []]],
  ['an empty object', () => ({})],
  ['a key that reaches a prototype', () => JSON.parse('{"__proto__":{"length":7}}') as unknown],
  ['a date', () => new Date(Number.NaN)],
  ['a map', () => new Map([['counts', 1]])],
  ['a big integer', () => 7n],
  ['bytes', () => new Uint8Array(3)],
  [
    'a circle',
    () => {
      const circle: unknown[] = []
      circle.push({ circle })
      return circle
    },
  ],
  [
    'depths',
    () => {
      let deep: unknown = []
      for (let depth = 0; depth < 400; depth++) deep = [deep]
      return deep
    },
  ],
]

export interface Damage {
  table: Table
  /** Which row, counted round. */
  row: number
  /** Which field of it, counted round, and then of what is in that. */
  path: readonly number[]
  /** The value that is put there; `gone`: it is taken out; `deleted`: the row is; `broken`: the text of a run is, somewhere. */
  what: number | 'gone' | 'deleted' | 'broken'
}

export const damage: fc.Arbitrary<Damage> = fc.record({
  table: fc.constantFrom(...tables),
  row: fc.nat(20),
  path: fc.array(fc.nat(12), { minLength: 1, maxLength: 3 }),
  what: fc.oneof(
    { weight: 12, arbitrary: fc.nat(nonsense.length - 1) },
    { weight: 4, arbitrary: fc.constantFrom('gone' as const, 'deleted' as const, 'broken' as const) },
  ),
})

const parts = [
  'version',
  'unhurried',
  'engine',
  'described',
  'rules',
  'isAnswer',
  'sessionId',
  'token',
  'released',
  'more',
]
const senderParts = ['sending', 'online', 'hold', 'lastReplyAtMs', 'failure']

/** Messages that any script of the origin can post on a channel. */
export const junk: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    fc.constantFrom(...nonsense).map(([, make]) => make()),
    fc.constantFrom('held?', 'held', 'look'),
    fc.nat(),
    fc.dictionary(fc.constantFrom(...senderParts), tie('value'), { maxKeys: 3 }),
  ),
  message: fc.oneof(tie('value'), fc.dictionary(fc.constantFrom(...parts), tie('value'), { minKeys: 1, maxKeys: 4 })),
})).message

/** The channels of the database of this name. */
export const channelNames = (database: string): string[] => ['', ':tokens', ':lease'].map((end) => database + end)

type Fields = { [field: string]: unknown }

const isObject = (value: unknown): value is Fields =>
  Array.isArray(value) || Object.prototype.toString.call(value) === '[object Object]'

/** A damage that was done to a row, in words. */
export interface Done {
  table: Table
  key: IDBValidKey
  said: string
}

/** Damages one row as told. `undefined`: there is nothing of the kind, or it would be no damage: what is well-formed is believed. */
export async function damageRow(database: IDBDatabase, told: Damage): Promise<Done | undefined> {
  const { table } = told
  const transaction = database.transaction(table, 'readwrite')
  const ended = new Promise<boolean>((resolve) => {
    transaction.oncomplete = () => resolve(true)
    transaction.onabort = () => resolve(false)
  })
  const store = transaction.objectStore(table)
  const keys = await answerOf(store.getAllKeys())
  const key = keys[told.row % Math.max(1, keys.length)]
  let said: string | undefined
  if (key !== undefined) {
    const row = (await answerOf(store.get(key))) as Fields
    said = damaged(table, row, told)
    try {
      if (said === 'deleted') store.delete(key)
      else if (said !== undefined) store.put(row)
    } catch {
      // Its key would be none: such a row cannot lie in a table.
      transaction.abort()
    }
  }
  return (await ended) && said !== undefined
    ? { table, key: key!, said: `${table} ${JSON.stringify(key)} ${said}` }
    : undefined
}

function damaged(table: Table, row: Fields, { path, what }: Damage): string | undefined {
  if (what === 'deleted') {
    // Without it nobody knows whose data these are, and another backend's are never opened.
    return row['key'] === 'backend' ? undefined : 'deleted'
  }
  const text = row['edits']
  if (what === 'broken') {
    if (table !== 'edits' || typeof text !== 'string') return undefined
    const at = (97 * path[0]! + 31 * (path[1] ?? 0)) % text.length
    row['edits'] = text.slice(0, at) + (path.length % 2 ? '' : `"}]${text.slice(at + 1)}`)
    return `broken at ${at}`
  }
  const edits = table === 'edits' && path[0]! % 2 === 0 ? parsed(text) : undefined
  const names: string[] = []
  let holder = edits ?? row
  for (const step of path) {
    const inner = holder[names.at(-1) ?? '']
    if (names.length && (!isObject(inner) || !Object.keys(inner).length)) break
    if (names.length) holder = inner as Fields
    const fields = Object.keys(holder)
    names.push(fields[step % fields.length]!)
  }
  const field = names.at(-1)!
  if (what === 'gone') delete holder[field]
  else {
    const after = nonsense[what]![1]()
    if (isBelieved(names, holder[field], after)) return undefined
    holder[field] = after
  }
  try {
    if (edits) row['edits'] = JSON.stringify(edits)
  } catch {
    // No text can hold it.
    return undefined
  }
  return `${edits ? 'edits: ' : ''}${names.join('.')} is ${what === 'gone' ? what : nonsense[what]![0]}`
}

/** Of a text that was broken before there is nothing. */
function parsed(text: unknown): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text as string)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether the new value is well-formed too. */
function isBelieved(names: readonly string[], before: unknown, after: unknown): boolean {
  if (names.length === 1 && names[0] === 'counts') return isObject(after) && !Object.keys(after).length
  return typeof before === 'string' && typeof after === 'string'
}

export function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error as Error))
  })
}
