/*
 * Edits stream in and the queue drains, while the whole browser is killed again and again on one profile; then what is
 * left is drained, and the server's log says what became of each edit.
 */
import { join } from 'node:path'
import { startServer } from '../../demo/server/start-server.js'
import type { Said } from '../support/page/torture.js'
import { judge, type SavedEdit, type Verdict } from './judge.js'
import { countOutcomes, inFolder, liveAndDie, type TortureOptions } from './lives.js'
import { startReports } from './reports.js'

export interface Torture extends Verdict {
  readonly kills: number
  /** Kills that came while the server had an update under way: its answer never arrived. */
  readonly midWrite: number
  /** Browsers that found nothing of what the one before had stored: the engine threw the origin away. */
  readonly wipes: number
  /** Saved edits by what the client says of them in the end; `unknown` is none of what a saved edit may be. */
  readonly outcomes: { readonly [outcome: string]: number }
  /** The edits that the pages called failed, and other events that must not be. */
  readonly failures: readonly string[]
}

/** Kills browsers of one engine, and judges. Rejects when a browser does not start, or what is pending does not drain. */
export function runTorture(options: TortureOptions): Promise<Torture> {
  return inFolder(async (folder) => {
    const { kills, tell } = options
    const server = await startServer({ data: join(folder, 'server') })
    const saved: SavedEdit[] = []
    const failures: string[] = []
    let wipes = 0
    const reports = await startReports<Said>((said) => {
      if ('saved' in said) saved.push(said.saved)
      else if ('failed' in said) failures.push(said.failed)
      else if ('storage' in said) tell(`storage: ${said.storage}`)
      // Nobody is logged in, though a page before has saved edits.
      else if (saved.length > 0) wipes += 1
    })
    try {
      const userId = await register(server.apiRoot)
      const lives = {
        ...options,
        entry: 'test/support/page/torture.ts',
        server,
        root: server.apiRoot,
        report: reports.url,
        saved: () => saved.length,
      }
      const { faulted, outcomes, midWrite, log } = await liveAndDie(folder, lives, async (page) => ({
        faulted: await page.evaluate(() => torturedUsers.faults.open$.value.flatMap(({ editIds }) => editIds)),
        outcomes: await countOutcomes(page, saved),
        log: server.control.log({ userId }),
      }))
      const verdict = judge({ saved, log, excused: new Set(faulted) })
      if (faulted.length > 0) failures.push(`${faulted.length} edits were refused, which nothing here should be`)
      if (wipes === 0 && outcomes['unknown']) failures.push(`${outcomes['unknown']} saved edits have no fate`)
      return { ...verdict, kills, midWrite, wipes, outcomes, failures }
    } finally {
      await reports.stop()
      await server.stop()
    }
  })
}

async function register(apiRoot: string): Promise<string> {
  const answer = await fetch(`${apiRoot}/users/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'torture@example.com', password: 'secret-1' }),
  })
  return ((await answer.json()) as { objectId: string }).objectId
}
