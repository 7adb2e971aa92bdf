import type { Durability } from './contender.js'

/**
 * The strictest transaction that writes while `work` runs. The browser keeps what is in `localStorage` to itself for seconds, so that is
 * memory.
 */
export async function watchWrites(work: () => Promise<unknown>): Promise<Durability> {
  const { prototype } = IDBDatabase
  const { transaction: plain } = prototype
  const seen = new Set<Durability>()
  prototype.transaction = function (...args) {
    const begun = plain.apply(this, args)
    // Chromium relaxes what asks for nothing.
    if (begun.mode === 'readwrite') seen.add(begun.durability === 'strict' ? 'strict' : 'relaxed')
    return begun
  }
  try {
    await work()
  } finally {
    prototype.transaction = plain
  }
  return seen.has('strict') ? 'strict' : seen.has('relaxed') ? 'relaxed' : 'memory'
}
