import type { FailureKind } from '../model/failure.js'
import type { Json } from '../model/record.js'
import { equal } from '../model/same.js'
import { type Database, unchanged } from './database.js'

/** The options that rule sending, as pages leave them for the service worker, which sends with the same. */
export interface SendingRules {
  conflicts: 'compare' | 'overwrite'
  freshForMs: number
  requestTimeoutMs: number
  durability: 'strict' | 'relaxed'
  /** By the backend's code. */
  faultKinds: { readonly [code: string]: FailureKind }
  /** The app has a `resolve`, which only its pages can call. */
  resolves: boolean
}

const key = 'rules'

/** Undefined: no page has ever been open. */
export async function readRules(db: Database): Promise<SendingRules | undefined> {
  const row = await db.read((tables) => tables.meta.get(key))
  return row?.['rules'] as SendingRules | undefined
}

export async function writeRules(db: Database, rules: SendingRules): Promise<void> {
  // As a rule they are what they were, and a read keeps nobody waiting.
  if (equal((await readRules(db)) as Json | undefined, rules as unknown as Json)) return
  await db.write(async (tables) => {
    await tables.meta.put({ key, rules })
    return unchanged
  })
}
