import type { FailureKind } from '../model/failure.js'
import { own } from '../model/own.js'
import type { Json, Properties } from '../model/record.js'
import { equal } from '../model/same.js'
import { type Database, type MetaRow, rowIn, unchanged } from './database.js'

/** The options that rule sending. Pages leave them for the service worker, which sends by the same. */
export interface SendingRules {
  conflicts: 'compare' | 'overwrite'
  freshForMs: number
  requestTimeoutMs: number
  durability: 'strict' | 'relaxed'
  /** By the backend's code. */
  faultKinds: { readonly [code: string]: FailureKind }
  /** The app has a `resolve` or a `same`, which only its pages can call. */
  resolves: boolean
}

const key = 'rules'

/** The rules in the rows of `meta`. Undefined: no page has ever been open. */
export function rulesIn(meta: readonly MetaRow[]): SendingRules | undefined {
  return rowIn<{ rules: SendingRules }>(meta, key)?.rules
}

/** The names of the rules that another context has otherwise, by its own message. */
export function differingRules(rules: SendingRules, theirs: { readonly [rule: string]: unknown }): string[] {
  return Object.entries(rules).flatMap(([name, rule]) =>
    equal(rule as Json, own(theirs as Properties, name)) ? [] : [name],
  )
}

/** Writes the rules where they differ from those in `meta`. */
export async function writeRules(db: Database, meta: readonly MetaRow[], rules: SendingRules): Promise<void> {
  if (equal(rulesIn(meta) as Json | undefined, rules as unknown as Json)) return
  await db.write(async (tables) => {
    await tables.meta.put([{ key, rules }])
    return unchanged
  }, 'rules')
}
