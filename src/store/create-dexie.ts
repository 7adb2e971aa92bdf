// Floor 3: Dexie without the parts that nothing here uses.
import { Dexie } from 'dexie'
import type { Databases } from '../platform/platform.js'

/**
 * Live queries, hooks, and indexes that stand for others. Each start would pay for making them, and each transaction for
 * passing through them. A query on an index has to name that index.
 */
const unusedParts = ['Observability', 'Cache', 'HooksMiddleware', 'VirtualIndexMiddleware']

/** Only `open()` opens it. */
export function createDexie(
  name: string,
  factory: NonNullable<Databases['factory']>,
  durability: 'strict' | 'relaxed',
): Dexie {
  const dexie = new Dexie(name, {
    ...factory,
    autoOpen: false,
    cache: 'disabled',
    chromeTransactionDurability: durability,
  })
  for (const part of unusedParts) dexie.unuse({ stack: 'dbcore', name: part })
  return dexie
}
