/*
 * Chromium throws all databases of an origin away at the second start after a kill, if the last record of its log was torn by
 * it (google/leveldb#1287). The record is torn here by hand, as a kill between two writes of a record does it.
 */
import { appendFileSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import type { Tab } from '../support/engines/browser.js'
import { harmless, savedIn, settlesWithin, useTroubleBench } from '../support/storage-trouble.js'

const bench = useTroubleBench()
const rounds = Number(process.env['TORN_ROUNDS'] ?? 1)

/** The folder of Chromium's LevelDB. */
function logFolder(): string {
  const databases = join(bench.profileDir, 'Default', 'IndexedDB')
  return join(
    databases,
    readdirSync(databases).find((name) => name.endsWith('.leveldb'))!,
  )
}

function newestLog(): string {
  return readdirSync(logFolder())
    .filter((name) => name.endsWith('.log'))
    .toSorted()
    .at(-1)!
}

/** Appends a record whose header promises more than follows. */
function tearLog(): void {
  const record = Buffer.alloc(47, 0x5a)
  record.writeUInt32LE(0x12345678, 0)
  record.writeUInt16LE(400, 4)
  record[6] = 1
  appendFileSync(join(logFolder(), newestLog()), record)
}

/** The page's view once it has read its database. */
async function opened(tab: Tab): Promise<{ session: string; pending: number; storage: string }> {
  const read = () =>
    tab.evaluate(() => ({
      session: trouble.app.users.session$.value.state,
      pending: trouble.app.status$.value.pending,
      storage: trouble.app.storage$.value,
    }))
  await expect.poll(async () => (await read()).session, settlesWithin).not.toBe('opening')
  return read()
}

/** Saves so many edits while nobody can be reached. */
async function saveEdits(tab: Tab, count: number): Promise<void> {
  const outcomes = await tab.evaluate(
    async (times) => Promise.all(Array.from({ length: times }, () => trouble.edit())),
    count,
  )
  expect(new Set(outcomes)).toEqual(new Set(['saved']))
}

/** The log is gone, and what was in it is in a table; the new log alone, beside the old one, is not enough. */
const isReplaced = async (log: string): Promise<void> =>
  expect.poll(() => existsSync(join(logFolder(), log)), settlesWithin).toBe(false)

describe.runIf(inject('engine') === 'chromium')('a log that a kill has torn', () => {
  test.each(Array.from({ length: rounds }, (_, round) => round + 1))(
    'is replaced at the next start while edits are pending: they outlive the start after it (%i)',
    async () => {
      const before = await bench.launchLoggedIn()
      bench.server.control.refuse(true)
      await saveEdits(before.first, 5)
      const saved = await savedIn(before.first)
      await before.kill()
      tearLog()
      const torn = newestLog()

      const next = await bench.launch()
      expect(await opened(next.first)).toEqual({ session: 'signed-in', pending: 5, storage: 'ok' })
      await saveEdits(next.first, 5)
      await isReplaced(torn)
      saved.push(...(await savedIn(next.first)))
      await next.kill()

      const last = await bench.launch()
      expect(await opened(last.first)).toEqual({ session: 'signed-in', pending: 10, storage: 'ok' })
      bench.server.control.refuse(false)
      expect(await bench.judgeDrained(last.first, saved)).toMatchObject({ saved: 10, ...harmless })
    },
  )

  test.each(Array.from({ length: rounds }, (_, round) => round + 1))(
    'is replaced once an edit is saved, where nothing was pending at the start (%i)',
    async () => {
      const before = await bench.launchLoggedIn()
      await before.kill()
      tearLog()
      const torn = newestLog()

      const next = await bench.launch()
      expect(await opened(next.first)).toEqual({ session: 'signed-in', pending: 0, storage: 'ok' })
      bench.server.control.refuse(true)
      await saveEdits(next.first, 5)
      await isReplaced(torn)
      const saved = await savedIn(next.first)
      await next.kill()

      const last = await bench.launch()
      expect(await opened(last.first)).toEqual({ session: 'signed-in', pending: 5, storage: 'ok' })
      bench.server.control.refuse(false)
      expect(await bench.judgeDrained(last.first, saved)).toMatchObject({ saved: 5, ...harmless })
    },
  )

  test.each(Array.from({ length: rounds }, (_, round) => round + 1))(
    'that was not replaced costs all there was at the start after the next, and that is said (%i)',
    async () => {
      const before = await bench.launchLoggedIn()
      await before.kill()
      tearLog()

      const next = await bench.launch()
      expect(await opened(next.first)).toEqual({ session: 'signed-in', pending: 0, storage: 'ok' })
      // Something is written, and the log goes on behind the torn record.
      await next.first.evaluate(async () => void (await trouble.app.users.refresh()))
      await next.kill()

      const last = await bench.launch()
      expect(await opened(last.first)).toEqual({ session: 'signed-out', pending: 0, storage: 'lost' })
    },
  )
})
