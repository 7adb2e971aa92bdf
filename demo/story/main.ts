/*
 * `npm run story`: the story of an offline edit, over real HTTP and in a real browser. `npm run story -- --records`: that of a
 * job with three notes, made offline. Exit code 0: all of it happened; 1: something did not; 2: there is no browser, or the
 * argument is another one.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findEngine, INSTALL_COMMANDS } from '../../test/support/engines/detect.js'
import { createNarrator } from './narrate.js'
import { tellRecords } from './tell-records.js'
import { tellStory } from './tell-story.js'

/** All of it; it takes some ten seconds. */
const TOLD_WITHIN_MS = 90_000

async function main(): Promise<number> {
  if (!findEngine('chromium')) {
    process.stderr.write(`The story needs Chromium: ${INSTALL_COMMANDS.chromium}, or set CHROMIUM_PATH\n`)
    return 2
  }
  const unknown = process.argv.slice(2).find((argument) => argument !== '--records')
  if (unknown !== undefined) {
    process.stderr.write(`There is no story "${unknown}": run it with --records, or with nothing\n`)
    return 2
  }
  const tell = process.argv.includes('--records') ? tellRecords : tellStory
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-story-'))
  const narrator = createNarrator((line) => void process.stdout.write(`${line}\n`))
  const ended = new AbortController()
  const timer = setTimeout(() => ended.abort(`it took longer than ${TOLD_WITHIN_MS} ms`), TOLD_WITHIN_MS)
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => ended.abort(`${name} ended it`))
  try {
    await tell({ folder, narrator, signal: ended.signal })
    process.stdout.write('\nAll of it happened.\n')
    return 0
  } catch (error) {
    const why: unknown = ended.signal.aborted ? ended.signal.reason : error instanceof Error ? error.message : error
    process.stderr.write(`\nThe story failed in "${narrator.step}": ${String(why)}\n`)
    return 1
  } finally {
    clearTimeout(timer)
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

process.exitCode = await main()
