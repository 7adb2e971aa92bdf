// When to replace a log that a kill may have torn.
import type { Platform } from '../platform/platform.js'
import { type Database, type MetaRow, stateIn } from './database.js'
import { rotateLog } from './rotate-log.js'

/** A context that has to wait longer for its lock is not the first one since the browser started. */
const firstWithinMs = 1_000

/**
 * Rotates the log once, in the first context after a start. If pending edits lay there, whose last visit may have ended in a
 * kill, it does so at once; else when `edited` resolves, since a kill that left nothing pending can have torn the log as
 * well. Resolves when that is done, not needed, or `closed`; a failure of it changes no saved data.
 */
export async function rotateAfterKill(
  db: Pick<Database, 'name' | 'read'>,
  meta: readonly MetaRow[],
  { databases, locks, clock, random }: Pick<Platform, 'databases' | 'locks' | 'clock' | 'random'>,
  edited: Promise<unknown>,
  closed: AbortSignal,
): Promise<void> {
  const { factory, tearsLog } = databases
  if (!factory || !tearsLog) return
  const ended = new Promise<void>((end) => closed.addEventListener('abort', () => end(), { once: true }))
  const rotate = async (): Promise<void> => {
    if (!Object.values(stateIn(meta).counts).some(({ pending }) => pending)) await Promise.race([edited, ended])
    // Behind a write that has begun, as that of the first attempts: the browser makes a database before it goes on with any
    // other, and the first requests would wait for that. A read that fails is no reason to keep a torn log.
    await db.read(async () => {}).catch(() => {})
    if (!closed.aborted) await rotateLog(db.name, factory, (sizeBytes) => random.bytes(sizeBytes), closed)
  }
  if (!locks) return rotate()
  const askedAtMs = clock.now()
  await new Promise<void>((resolve, reject) => {
    // Held as long as this context lives, so that the others see that they are not the first.
    const held = async (): Promise<void> => {
      if (clock.now() - askedAtMs < firstWithinMs) await rotate()
      resolve()
      await ended
    }
    locks.hold(`${db.name}:first`, closed, held).then(resolve, reject)
  })
}
