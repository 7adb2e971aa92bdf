/*
 * Records are made, changed and deleted without pause, while the whole browser is killed again and again on one profile; then
 * what is left is drained, and the server's log says what became of each record.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Schema } from '../../demo/server/rest/schema.js'
import { startRestServer } from '../../demo/server/rest/start-rest-server.js'
import type { Browser } from '../support/engines/browser.js'
import { launchEngine } from '../support/engines/launch-engine.js'
import { startSite } from '../support/engines/site.js'
import type { Collection, KnownRecord, RecordSaid } from '../support/page/record-torture.js'
import { seededRandom } from '../support/seeded-random.js'
import { judgeRecords, type RecordVerdict, type SavedRecordEdit } from './record-judge.js'
import { startReports } from './reports.js'
import type { TortureOptions } from './run-torture.js'

const longestLifeMs = 4_000
const latenciesMs = [0, 20, 100, 250]
/** The server reads the requests of a killed browser to their end. */
const lastWordsMs = 100
const drainedWithinMs = 180_000
/** Records that the next page changes and deletes. */
const knownAtMost = 60

const text = { type: 'text', required: true } as const
// Nothing but the client keeps a creation from being made twice.
const fields = { made: text, text }
const schema: Schema = {
  collections: {
    jobs: { ids: 'client', fields },
    notes: { ids: 'integer', fields: { ...fields, jobId: { type: 'id', required: true } }, refs: { jobId: 'jobs' } },
    marks: { ids: 'text', fields: { ...fields, clientKey: { type: 'text', unique: true } } },
  },
}
const collections: readonly Collection[] = ['jobs', 'notes', 'marks']

export interface RecordTorture extends RecordVerdict {
  readonly kills: number
  /** Kills that came while the server had a write under way: its answer never arrived. */
  readonly midWrite: number
  readonly outcomes: { readonly [outcome: string]: number }
  /** The edits that the pages called failed, faults, and other events that must not be. */
  readonly failures: readonly string[]
}

/** Kills browsers of one engine, and judges. Rejects when a browser does not start, or what is pending does not drain. */
export async function runRecordTorture({
  engine,
  kills,
  seed,
  tell,
}: Omit<TortureOptions, 'disk' | 'durability'>): Promise<RecordTorture> {
  const random = seededRandom(seed)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-record-torture-'))
  const server = await startRestServer({ data: join(folder, 'server'), schema })
  const site = await startSite({ entry: 'test/support/page/record-torture.ts' })
  const saved: SavedRecordEdit[] = []
  const mayBeDeleted = new Set<string>()
  const failures: string[] = []
  const known = (): KnownRecord[] =>
    saved
      .filter(({ op, made }) => op === 'create' && !mayBeDeleted.has(made))
      .slice(-knownAtMost)
      .map(({ collection, record, made }) => ({ collection: collection as Collection, record, made }))
  const reports = await startReports<RecordSaid>(
    (said) => {
      if ('saved' in said) saved.push(said.saved)
      else if ('deleting' in said) mayBeDeleted.add(said.deleting)
      else if ('failed' in said) failures.push(said.failed)
      else if ('storage' in said) tell(`storage: ${said.storage}`)
      else if (saved.length > 0) failures.push('a browser found nothing of what the one before had stored')
    },
    { greeting: known, answers: (said) => 'deleting' in said },
  )
  let browser: Browser | undefined
  try {
    const launch = (life?: number): Promise<Browser> => {
      const query = new URLSearchParams({ root: server.root, report: reports.url })
      if (life !== undefined) query.set('life', String(life))
      return launchEngine(engine, { profileDir: join(folder, 'profile'), site, path: `/?${query}` })
    }
    let midWrite = 0
    for (let life = 1; life <= kills; life++) {
      server.control.setLatency(latenciesMs[Math.floor(random.number() * latenciesMs.length)]!)
      browser = await launch(life)
      await sleep(random.number() * longestLifeMs)
      const { requests } = server.control
      if (requests.list().some(({ method, endedAtMs }) => method !== 'GET' && endedAtMs === null)) midWrite += 1
      requests.clear()
      await browser.kill()
      await sleep(lastWordsMs)
      if (life % 10 === 0) tell(`${life} kills, ${saved.length} saved`)
    }
    browser = await launch()
    await drained(browser)
    const { faults, outcomes } = await ends(browser, saved)
    for (const fault of faults) failures.push(`refused: ${fault.text}`)
    if (outcomes['unknown']) failures.push(`${outcomes['unknown']} saved edits have no fate`)
    const verdict = judgeRecords({
      saved,
      mayBeDeleted,
      log: server.control.log(),
      left: collections.flatMap((name) => server.control.all(name).map(({ made }) => made as string)),
      excused: new Set(faults.flatMap(({ editIds }) => editIds)),
    })
    return { ...verdict, kills, midWrite, outcomes, failures }
  } finally {
    await browser?.kill()
    await reports.stop()
    await site.stop()
    await server.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function drained({ first }: Browser): Promise<void> {
  const until = Date.now() + drainedWithinMs
  for (;;) {
    const status = await first.evaluate(() => globalThis.tormented?.status$.value)
    if (status && status.phase !== 'opening' && status.pending === 0) return
    if (Date.now() > until) throw new Error(`not drained within ${drainedWithinMs} ms: ${JSON.stringify(status)}`)
    await sleep(100)
  }
}

/** The ends of the saved edits, by the client's word. */
async function ends(
  { first }: Browser,
  saved: readonly SavedRecordEdit[],
): Promise<{ faults: { text: string; editIds: readonly string[] }[]; outcomes: { [outcome: string]: number } }> {
  const faults = await first.evaluate(() =>
    tormented.faults.open$.value.map(({ kind, op, collection, message, editIds }) => ({
      text: `${kind}, ${op} of ${collection}: ${message}`,
      editIds,
    })),
  )
  const outcomes: { [outcome: string]: number } = {}
  for (let from = 0; from < saved.length; from += 500) {
    const ids = saved.slice(from, from + 500).map(({ id }) => id)
    const found = await first.evaluate(
      async (some) => Promise.all(some.map(async (id) => (await tormented.settlement(id)).outcome)),
      ids,
    )
    for (const outcome of found) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  return { faults, outcomes }
}
