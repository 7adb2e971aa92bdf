/*
 * Records are made, changed and deleted without pause, while the whole browser is killed again and again on one profile; then
 * what is left is drained, and the server's log says what became of each record.
 */
import { join } from 'node:path'
import type { Schema } from '../../demo/server/rest/schema.js'
import { startRestServer } from '../../demo/server/rest/start-rest-server.js'
import type { Collection, KnownRecord, RecordSaid } from '../support/page/record-torture.js'
import { countOutcomes, inFolder, liveAndDie, type TortureOptions } from './lives.js'
import { judgeRecords, type RecordVerdict, type SavedRecordEdit } from './record-judge.js'
import { startReports } from './reports.js'

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
export function runRecordTorture(options: Omit<TortureOptions, 'disk' | 'durability'>): Promise<RecordTorture> {
  return inFolder(async (folder) => {
    const { kills, tell } = options
    const server = await startRestServer({ data: join(folder, 'server'), schema })
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
    try {
      const lives = {
        ...options,
        entry: 'test/support/page/record-torture.ts',
        server,
        root: server.root,
        report: reports.url,
        saved: () => saved.length,
      }
      const { faults, outcomes, midWrite, log, left } = await liveAndDie(folder, lives, async (page) => ({
        faults: await page.evaluate(() =>
          torturedRecords.faults.open$.value.map(({ kind, op, collection, message, editIds }) => ({
            text: `${kind}, ${op} of ${collection}: ${message}`,
            editIds,
          })),
        ),
        outcomes: await countOutcomes(page, saved),
        log: server.control.log(),
        left: collections.flatMap((name) => server.control.all(name).map(({ made }) => made as string)),
      }))
      for (const fault of faults) failures.push(`refused: ${fault.text}`)
      if (outcomes['unknown']) failures.push(`${outcomes['unknown']} saved edits have no fate`)
      const excused = new Set(faults.flatMap(({ editIds }) => editIds))
      const verdict = judgeRecords({ saved, mayBeDeleted, log, left, excused })
      return { ...verdict, kills, midWrite, outcomes, failures }
    } finally {
      await reports.stop()
      await server.stop()
    }
  })
}
