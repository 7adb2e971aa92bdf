// Floor 5: the class descriptions of endpoints, cached with their age, and the lessons of answers beyond them.
import type { Endpoint, Reply } from '../endpoint/endpoint.js'
import type { TraceEvent } from '../model/events.js'
import { ruleOf } from '../model/failure.js'
import type { Json, Patch } from '../model/record.js'
import { equal } from '../model/same.js'
import type { Clock } from '../platform/platform.js'
import type { Database, MetaRow } from '../store/database.js'
import { descriptionsIn, readDescriptions, writeDescription } from '../store/descriptions.js'
import type { DescriptionRow } from '../store/rows.js'

/** A description older than this refuses no edit, and is fetched anew. */
const describeAfterMs = 3_600_000

type Description = Omit<DescriptionRow, 'key'>

export interface Descriptions {
  /** The cached one, however old. */
  of(collection: string): Json | undefined
  /** A description that edits can be checked against, with the lessons beyond it. */
  fresh(collection: string): Description | undefined
  /** The database has no descriptions any more: they are fetched anew. */
  forget(): void
  /** Takes up the rows of `meta` at the start. */
  take(meta: readonly MetaRow[]): void
  /** Takes up the rows that another context has written meanwhile. */
  load(): Promise<void>
  /** The cached one if it is young enough and not doubted, or where fetching another one fails. */
  describe(collection: string, isDoubted?: boolean): Promise<Json>
  /** Keeps the lesson of an answer to a request. */
  learn(collection: string, patch: Patch, reply: Reply): void
  /** A step of the sender: the backend is there, and may have shown that the description is not right any more. */
  onTraceEvent(event: TraceEvent): void
}

export interface DescriptionParts {
  db: Database
  clock: Pick<Clock, 'now'>
  endpointOf(collection: string): Endpoint | undefined
  /** Fetches it in the name of the account that is logged in. */
  ask(collection: string): Promise<Json>
  /** The cached one has been replaced. */
  written(): void
}

export function createDescriptions(parts: DescriptionParts): Descriptions {
  const { db, clock, endpointOf } = parts
  const known = new Map<string, Description>()
  const asked = new Map<string, { atMs: number; answer: Promise<Json> | undefined }>()

  // A clock that was set back makes it old as well.
  const isYoung = (one: { atMs: number } | undefined): boolean =>
    one !== undefined && Math.abs(clock.now() - one.atMs) < describeAfterMs

  const keep = async (collection: string, description: Description): Promise<void> => {
    known.set(collection, description)
    await writeDescription(db, collection, description)
    parts.written()
  }

  const ask = async (collection: string): Promise<Json> => {
    const value = await parts.ask(collection)
    await keep(collection, { value, atMs: clock.now(), lesson: known.get(collection)?.lesson })
    return value
  }

  const describe: Descriptions['describe'] = async (collection, isDoubted = false) => {
    const description = known.get(collection)
    if (description && !isDoubted && isYoung(description)) return description.value
    const answer = asked.get(collection)?.answer ?? ask(collection)
    asked.set(collection, { atMs: clock.now(), answer })
    try {
      return await answer
    } catch (error) {
      if (description) return description.value
      throw error
    } finally {
      asked.get(collection)!.answer = undefined
    }
  }

  const takeUp = (found: ReturnType<typeof descriptionsIn>): void => {
    for (const [collection, row] of found) known.set(collection, row)
  }

  return {
    of: (collection) => known.get(collection)?.value,
    fresh(collection) {
      const description = known.get(collection)
      return isYoung(description) ? description : undefined
    },
    forget: () => known.clear(),
    take: (meta) => takeUp(descriptionsIn(meta)),
    load: async () => takeUp(await readDescriptions(db)),
    describe,
    learn(collection, patch, reply) {
      const description = known.get(collection)
      if (!description) return
      const { value, lesson: before } = description
      const lesson = endpointOf(collection)?.learn?.(before, patch, reply, value, collection)
      // It can be learnt again if it cannot be kept.
      if (!equal(lesson, before)) keep(collection, { ...description, lesson }).catch(() => {})
    },
    onTraceEvent(event) {
      if (event.type !== 'accepted' && event.type !== 'rejected') return
      const { collection } = event.key
      const isDoubted = event.type === 'rejected' && !!ruleOf(event.kind).doubtsDescription
      // A backend that does not answer this is asked once an hour.
      if (isDoubted || !(isYoung(known.get(collection)) || isYoung(asked.get(collection))))
        describe(collection, isDoubted).catch(() => {})
    },
  }
}
