// Mistakes that somebody could make with records that are created and deleted; the judge has to notice every one of them.
import type { PlantedBug } from './planted-bugs.js'

/** Those that show while nothing can be sent. */
export const offlineBugs: readonly PlantedBug[] = [
  {
    breaks: 'an edit is out of sight while its record is read for the first time (G2)',
    changes: [{ in: 'advance', find: '!$saved.some(($one) => awaited.has($name))', replace: 'true' }],
  },
  {
    breaks: 'a deleted record is in sight, as it was before (R17)',
    changes: [{ in: 'fold', find: '$view = null', replace: '$view ??= null' }],
  },
  {
    breaks: 'a creation is in sight without what was typed (R17)',
    changes: [{ in: 'fold', find: 'new Map(Object.entries(effectivePatch($edit)))', replace: 'new Map()' }],
  },
]

/** Those that show while edits are sent. */
export const recordBugs: readonly PlantedBug[] = [
  {
    breaks: 'the name of a record is written in a second transaction (R19)',
    changes: [
      {
        in: 'workLanes',
        find: 'const $changes = createChanges()',
        replace: 'const $changes = createChanges(), late = (db.memory.late = [])',
      },
      {
        in: 'workLanes',
        find: 'changes.note($state, $lane, $change, $nowMs)',
        replace: `(({ named, ...rest }) => {
          if (named !== undefined) late.push({ ...$lane.key, remoteId: named })
          return changes.note($state, $lane, rest, $nowMs)
        })($change)`,
      },
      {
        in: 'workLanes',
        find: 'return granted',
        replace: `const late = db.memory.late ?? []
          db.memory.late = []
          if (late.length)
            await db.write(async (tables, state) => {
              await putNames(tables, state, late)
            })
          return granted`,
      },
    ],
  },
  {
    breaks: 'the key of a creation is another one at each try (R21)',
    changes: [
      {
        in: 'requestOf',
        find: '{ key: $key, idempotencyKey: $id, op: $op, properties: $patch, $$rest }',
        replace: '{ key: $key, idempotencyKey: `${$id}.${attempt.tries}`, op: $op, properties: $patch, $$rest }',
      },
    ],
  },
  {
    breaks: 'it is stored that a lane waits for another one (R20)',
    changes: [
      {
        in: 'planStep',
        find: '{ ...nothing, waitsFor: $waitsFor }',
        replace: '{ ...nothing, waitsFor: $waitsFor, change: { row: { ...row, isDependent: true } } }',
      },
      {
        in: 'laneState',
        find: 'frontOf($$all).waitsFor.length',
        replace: 'row.isDependent || frontOf($$all).waitsFor.length',
      },
    ],
  },
  {
    breaks: 'the first record that a server finds is taken for the one that was created (R21)',
    changes: [
      { in: 'find', find: '!$records.every($is)', replace: 'false' },
      { in: 'find', find: '[...$records].sort(byAge)', replace: '$records' },
    ],
  },
  {
    breaks: 'an update that waits for another record is merged into the creation before it (R18)',
    changes: [
      {
        in: 'planNew',
        find: 'lane.edits.slice(0, $ready)',
        replace: "lane.edits[0].op === 'create' ? lane.edits : lane.edits.slice(0, $ready)",
      },
    ],
  },
  {
    breaks: 'a base is translated when it is taken (R19)',
    changes: [
      {
        in: 'accept',
        find: '{ record: $record, atMs: $atMs, version: $version }',
        replace: '{ record: context.toDevice($record), atMs: $atMs, version: $version }',
      },
    ],
  },
  {
    breaks: 'a record is deleted before those that name it (R20)',
    changes: [{ in: 'orderOf', find: 'lanesNaming($$all)', replace: '[]' }],
  },
  {
    breaks: 'a 403 that ends the session is taken for a verdict (R27)',
    changes: [{ in: 'isDoubted', find: '$status === 403 || isAbsent($status)', replace: 'isAbsent($status)' }],
  },
]

/** Those that show where the server tells of versions. */
export const versionBugs: readonly PlantedBug[] = [
  {
    breaks: 'a refused version is taken for a verdict (R24)',
    changes: [{ in: 'isRefusedAsStale', find: '!isStale($failure)', replace: 'isStale($failure)' }],
  },
  {
    breaks: 'an edit on an old base goes out by its version, which the backend may not heed (R24)',
    changes: [{ in: 'planUpdates', find: 'versionsIn(context)?.isProved', replace: 'versionsIn(context)' }],
  },
  {
    breaks: 'an edit goes out by the version of a newer state than it was compared with (R24)',
    changes: [
      {
        in: 'planUpdates',
        find: 'if ($contested.length) return refuseContested($$all)',
        replace: '',
      },
    ],
  },
]

/** Those that show where lists are pulled. */
export const listBugs: readonly PlantedBug[] = [
  {
    breaks: 'the cursor of a pull outlives the logout that has erased the records (R23)',
    changes: [{ in: 'close', find: 'eraseCursors(tables, account)', replace: 'Promise.resolve()' }],
  },
  {
    breaks: 'a pull goes on from its last page, and not from its first (R23)',
    changes: [{ in: 'pullList', find: 'end.since ??= page.since', replace: 'end.since = page.since' }],
  },
  {
    breaks: 'a record that a list does not name is called absent (R23)',
    changes: [
      {
        in: 'takePart',
        find: 'await dropRows(db, tables, state, account, gone)',
        replace: `await tables.records.put(
          (await readLanes(tables, state, gone, new Map())).map(({ row }) => ({ ...row, base: null, rev: row.rev + 1 })),
        )`,
      },
    ],
  },
  {
    breaks: 'a page is taken while a request of the record is under way (R7)',
    changes: [
      { in: 'takePart', find: 'isNewer($lane, $asked)', replace: '(!$lane.row.attempt && isNewer($lane, $asked))' },
    ],
  },
  {
    breaks: 'a page is taken over what came after it was asked for (R7)',
    changes: [{ in: 'takePart', find: 'isNewer($$all)', replace: 'false' }],
  },
  {
    breaks: 'a record that a creation under way has made is taken from a page (R19)',
    changes: [{ in: 'takePart', find: '(isDoubtful && !placeOf(lane))', replace: 'false' }],
  },
]
