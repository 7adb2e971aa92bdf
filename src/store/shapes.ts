// Floor 3: data of an older release of the app, in the shape of this one (R26).
import { effectivePatch, opOf, type QueuedEdit } from '../model/edit.js'
import { InvalidEditError } from '../model/errors.js'
import type { Fault } from '../model/fault.js'
import { only } from '../model/own.js'
import { normalizePatch } from '../model/patch.js'
import type { Properties } from '../model/record.js'
import { mayCome } from './attempt.js'
import type { LaneRows, RecordRow, Run, Stray, Unmigrated } from './rows.js'

/** The app's own change of its data from one release to the next. */
export interface Migrate {
  /** The number of the shape that this release of the app writes: a whole number that only grows. Default: 0. */
  version: number
  /**
   * The properties in this release's shape, out of those that a release of the shape `from` wrote: some of a record's properties, or
   * all. Pure, and synchronous: it may run several times on the same properties.
   */
  patch(collection: string, patch: { [property: string]: any }, from: number): { readonly [property: string]: unknown }
}

/** The shape that this context writes; absent: 0, and no row says so. */
export interface Shapes {
  version?: number | undefined
  patch?: Migrate['patch'] | undefined
  now(): number
}

/** The properties in the shape of this context. Throws what the app's function throws, or for what it gives, if that is no patch. */
export function inShape(
  { patch }: Shapes,
  collection: string,
  values: Properties,
  from: number | undefined,
): Properties {
  const copy = JSON.parse(JSON.stringify(values)) as { [property: string]: unknown }
  return normalizePatch(patch!(collection, copy, from ?? 0), { isSent: false, isEmpty: true })
}

export function isNewer(row: { shape?: number | undefined }, { version = 0 }: Shapes): boolean {
  return row.shape! > version
}

export function isOfShape({ shape = 0 }: { shape?: number | undefined }, { version = 0 }: Shapes): boolean {
  return shape === version
}

function isOlder({ shape = 0 }: { shape?: number | undefined }, { version = 0 }: Shapes): boolean {
  return shape < version
}

/**
 * The lane in the shape of this context. While a request of an older shape may have an effect still, or where the app's function fails,
 * it is `older`, and nothing new of it goes out: a request is repeated, found and settled exactly as it went out.
 */
export function migrated(lane: LaneRows, shapes: Shapes, isShown?: boolean): LaneRows {
  const { row, runs, held } = lane
  if (!shapes.version || held) return lane
  const current = lane.older ? { ...lane, older: undefined, inOneShape: undefined, failed: undefined } : lane
  if (![row, ...runs].some((one) => isOlder(one, shapes))) return current
  const isOpen =
    row.attempt || row.lookBacks || row.strays?.some((stray) => !stray.held && mayCome(stray, shapes.now()))
  if (isOlder(row, shapes) && isOpen && !isShown) {
    const isMixed = runs.some((run) => (run.shape ?? 0) !== (row.shape ?? 0))
    const inOneShape: LaneRows['inOneShape'] = (row, partOf) => {
      const parts = runs.map((run) => ({ ...run, edits: run.edits.map(partOf) }))
      return migrated({ ...lane, row, runs: parts }, shapes, true)
    }
    return { ...lane, older: true, inOneShape: isMixed ? inOneShape : undefined }
  }
  const failed = new Map<string, Unmigrated>()
  const left = runs.map((run) => (isOlder(run, shapes) ? runIn(run, shapes, failed) : run))
  return {
    ...lane,
    row: isOlder(row, shapes) ? rowIn(row, shapes) : row,
    runs: left,
    edits: left.flatMap(({ edits }) => edits),
    earliest: undefined,
    older: failed.size ? true : undefined,
    failed: failed.size ? failed : undefined,
  }
}

/** The lane for a view, which does not wait until what was sent is concluded. */
export function shownIn(lane: LaneRows, shapes: Shapes): LaneRows {
  return lane.older ? migrated(lane, shapes, true) : lane
}

/** A run is migrated as a whole, or not at all: its row says its shape once. */
function runIn(run: Run, shapes: Shapes, failed: Map<string, Unmigrated>): Run {
  const { shape: from, collection } = run
  const to = (values: Properties): Properties => inShape(shapes, collection, values, from)
  let isWhole = true
  const edits = run.edits.map((edit): QueuedEdit => {
    if (opOf(edit) === 'delete') return edit
    try {
      const { covered: _, ...rest } = edit
      return { ...rest, patch: to(effectivePatch(edit)), ancestors: to(edit.ancestors) }
    } catch (error) {
      isWhole = false
      failed.set(edit.id, { from, message: messageOf(error) })
      return edit
    }
  })
  return isWhole ? { ...run, shape: shapes.version, edits } : run
}

/** The base is read again before anything goes out on it: nobody but the backend knows it for sure. */
function rowIn(row: RecordRow, shapes: Shapes): RecordRow {
  const { base, strays, shape } = row
  const to = <T>(values: Properties, of: (values: Properties) => T): T[] => {
    try {
      return [of(inShape(shapes, row.collection, values, shape))]
    } catch {
      return []
    }
  }
  const late = strays?.flatMap((one) => to(one.patch, (patch): Stray => ({ ...one, patch })))
  return {
    ...row,
    base: base && to(base, (values) => values)[0],
    baseAtMs: base === null ? row.baseAtMs : undefined,
    version: undefined,
    forms: undefined,
    wrote: undefined,
    split: undefined,
    strays: late?.length ? late : undefined,
    shape: shapes.version,
  }
}

/** The open fault with its values in the shape of this context. Throws `InvalidEditError` where the app's function fails, or a newer release wrote it. */
export function faultInShape(fault: Fault, shapes: Shapes): Fault {
  const { shape: from, collection, mine, base, theirs, view, overtaken, offending } = fault
  if (isNewer(fault, shapes))
    throw new InvalidEditError('', undefined, 'a newer release of this app wrote its fault: reload the page')
  if (!isOlder(fault, shapes)) return fault
  const to = <T extends Properties | null | undefined>(values: T): T | Properties =>
    values ? inShape(shapes, collection, values, from) : values
  const namesOf = (names: readonly string[]): string[] =>
    Object.keys(to(only(mine ?? {}, (name) => names.includes(name))))
  try {
    return {
      ...fault,
      mine: to(mine),
      base: to(base),
      theirs: to(theirs),
      view: to(view),
      properties: mine ? Object.keys(to(mine) as Properties) : fault.properties,
      offending: namesOf(offending),
      ...(overtaken && { overtaken: namesOf(overtaken) }),
      shape: shapes.version,
    }
  } catch (error) {
    throw new InvalidEditError('', undefined, `"migrate.patch" fails on the values of its fault: ${messageOf(error)}`)
  }
}

function messageOf(error: unknown): string {
  return String((error as Partial<Error> | undefined)?.message)
}
