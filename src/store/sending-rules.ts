import type { FailureKind } from '../model/failure.js'
import type { Json } from '../model/record.js'
import { equal } from '../model/same.js'
import { type Database, type MetaRow, rowIn, unchanged } from './database.js'

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

/** As they lay in `meta`. Undefined: no page has ever been open. */
export function rulesIn(meta: readonly MetaRow[]): SendingRules | undefined {
  return rowIn<{ rules: SendingRules }>(meta, key)?.rules
}

/** Writes them where they are not what lay in `meta`. */
export async function writeRules(db: Database, meta: readonly MetaRow[], rules: SendingRules): Promise<void> {
  if (equal(rulesIn(meta) as Json | undefined, rules as unknown as Json)) return
  await db.write(async (tables) => {
    await tables.meta.put([{ key, rules }])
    return unchanged
  })
}
