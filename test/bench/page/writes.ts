import type { Durability } from './contender.js'

const seen = new Set<Durability>()

/** To be called before a store is opened: Dexie takes the method from the database then. */
export function watchWrites(): void {
  const { prototype } = IDBDatabase
  const { transaction: plain } = prototype
  prototype.transaction = function (...args) {
    const begun = plain.apply(this, args)
    // Chromium relaxes each transaction that asks for nothing.
    if (begun.mode === 'readwrite') seen.add(begun.durability === 'strict' ? 'strict' : 'relaxed')
    return begun
  }
}

/**
 * The strictest transaction that writes while `work` runs. The browser keeps the content of `localStorage` to itself for seconds, so that
 * is memory.
 */
export async function durabilityOf(work: () => Promise<unknown>): Promise<Durability> {
  seen.clear()
  await work()
  return seen.has('strict') ? 'strict' : seen.has('relaxed') ? 'relaxed' : 'memory'
}
