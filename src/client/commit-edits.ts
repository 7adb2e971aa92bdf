// Floor 5: the transaction that edits made in one go share, and the meaning of a commit in doubt (G1, R9).
import type { LiveViews } from '../live/live.js'
import { StorageError } from '../model/errors.js'
import type { RecordKey } from '../model/record.js'
import type { Platform } from '../platform/platform.js'
import type { Database } from '../store/database.js'
import { type NewEdit, type SaveBatch, saveEdits, type SaveResult } from '../store/edits.js'
import { dropUnseen } from '../store/drop-unseen.js'
import { readFate } from '../store/fates.js'
import { createLostEdits, type LostEdits } from './lost-edits.js'

/** Edits that share a transaction. */
export interface Batch extends Omit<SaveBatch, 'nowMs'> {
  edits: NewEdit[]
  /** Edits of one call: all are on disk in the end, or none. */
  separately: boolean | undefined
  /** Resolves when the transaction has completed; with the result of each edit that was not saved with it as it was made. */
  saved: Promise<OneByOne | undefined>
}

/** An edit that lies on the disk otherwise than it was made. */
export interface Instead {
  /** The edit that stands for it. */
  id?: string
  /** The record in whose lane it lies. */
  key?: RecordKey
}

/** Edits that were committed by themselves, refused, or saved otherwise. */
type OneByOne = ReadonlyMap<NewEdit, Promise<Instead | undefined>>

export interface Commits {
  /** The batch of an edit, until the promise of the call has been returned. */
  batchFor(wanted: Pick<Batch, 'account' | 'closes' | 'replaces' | 'separately'>): Batch
  /** Resolves when everything handed in so far is on disk or has failed. */
  idle(): Promise<void>
}

export interface CommitParts {
  db: Database
  live: Pick<LiveViews, 'feed' | 'overlay'>
  platform: Pick<Platform, 'clock' | 'random'>
  /** Called with edits that are on disk, before their promises resolve. */
  onSaved(saved: Pick<SaveBatch, 'account' | 'edits' | 'closes'>): void
  /** Called with the error, before a promise rejects. */
  onError(error: unknown): void
}

export function createCommits({ db, live, platform, onSaved, onError }: CommitParts): Commits {
  const { clock, random } = platform
  const context = random.id()
  let batchCount = 0
  let lastLabelAtMs = 0
  /** The newest batch, until its commit begins. */
  let open: Batch | undefined
  const lost = createLostEdits(live.overlay, db.relations?.refsOf)
  /** Resolves when every edit that was handed in has been committed or has failed. */
  let idle: Promise<unknown> = Promise.resolve()

  /** Sorts by time, and is never used again, even when the clock goes back. */
  const nextLabel = (): string => {
    lastLabelAtMs = Math.max(clock.now(), lastLabelAtMs)
    return `${lastLabelAtMs.toString(36).padStart(9, '0')}${context}${(batchCount++).toString(36)}`
  }

  /** Whether there may be more room than before. */
  const makeRoom = (account: string): Promise<boolean> =>
    dropUnseen(db, account, (name) => live.feed.lane(name) !== undefined, clock.now()).catch(() => false)

  const store = async (batch: Batch): Promise<SaveResult | undefined> => {
    const { account, edits } = batch
    const ids = edits.map(({ edit }) => edit.id)
    for (let isRepeat = false; ; isRepeat = true) {
      try {
        return await saveEdits(db, { ...batch, nowMs: clock.now() })
      } catch (error) {
        const isFull = error instanceof StorageError && error.reason === 'full' && !error.outcome
        // A cache never costs an edit.
        if (isFull && !isRepeat && (await makeRoom(account))) continue
        if (!(error instanceof StorageError && error.outcome)) throw error
        // Reported as aborted, and perhaps on disk all the same: looked up before the promise settles (R9).
        const isThere = await isSaved(db, account, ids[0]!)
        if (isThere) {
          // They are in that snapshot, saved by any version; or else in the next one that can be read.
          await live.feed.refresh().then(
            () => live.overlay.found(ids),
            () => {},
          )
          return undefined
        }
        if (isThere === undefined) throw error
        // It is not on disk, which is known now; the next connection need not break like this one.
        if (isRepeat) throw new StorageError(error.reason, error.message, { cause: error })
      }
    }
  }

  const commit = async (batch: Batch): Promise<OneByOne | undefined> => {
    if (open === batch) open = undefined
    const { edits, separately } = batch
    // Given up before it was complete.
    if (!edits.length) return undefined
    const gone = lost.take(edits)
    if (gone.size && !separately) return commitOthers(batch, gone)
    let result: SaveResult | undefined
    try {
      for (const reason of gone.values()) throw reason
      result = await store(batch)
    } catch (error) {
      // One oversized edit must not fail the whole batch: retry them one by one. A blocked edit is then blocked alone, too.
      if (
        edits.length > 1 &&
        !separately &&
        error instanceof StorageError &&
        !error.outcome &&
        error.reason !== 'blocked'
      ) {
        let before: Promise<unknown> = Promise.resolve()
        return new Map(
          edits.map((edit) => {
            const saved = before.then(() => commit({ ...batch, edits: [edit] })).then((others) => others?.get(edit))
            before = saved.catch(() => {})
            return [edit, saved]
          }),
        )
      }
      live.overlay.drop(edits.map(({ edit }) => edit.id))
      lost.note(edits, error)
      onError(error)
      throw error
    }
    if (result) {
      // Another tab was first: its edits come into sight before these leave it (G2).
      await live.feed.refresh().catch(() => {})
      return besides(batch, result)
    }
    onSaved(batch)
    return undefined
  }

  /** Without those that are lost. */
  const commitOthers = async (batch: Batch, gone: ReturnType<LostEdits['take']>): Promise<OneByOne> => {
    const others = [...gone].map(([one, error]) => [one, Promise.reject<undefined>(error)] as const)
    for (const [, other] of others) other.catch(onError)
    const saved = await commit({ ...batch, edits: batch.edits.filter((one) => !gone.has(one)) })
    return new Map<NewEdit, Promise<Instead | undefined>>([...others, ...(saved ?? [])])
  }

  /** Those that were refused or joined leave the view, and the moved ones are in the next snapshot, at their place. */
  const besides = (batch: Batch, { refused, joined, moved, resaved }: SaveResult): OneByOne => {
    const others = new Map<NewEdit, Promise<Instead | undefined>>()
    for (const one of batch.edits) {
      const { id } = one.edit
      const error = refused.get(id)
      const [pending, key] = [joined.get(id), moved.get(id)]
      if (error) others.set(one, Promise.reject(error))
      else if (pending !== undefined) others.set(one, Promise.resolve({ id: pending }))
      else if (key) others.set(one, Promise.resolve({ key }))
    }
    for (const other of others.values()) other.catch(onError)
    live.overlay.drop([...others.keys()].filter(({ edit }) => !moved.has(edit.id)).map(({ edit }) => edit.id))
    for (const one of batch.edits) lost.note([one], refused.get(one.edit.id))
    live.overlay.found([...moved.keys()])
    const edits = batch.edits.flatMap((one): NewEdit[] => {
      const { id } = one.edit
      return refused.has(id) || joined.has(id) ? [] : [{ ...one, key: moved.get(id) ?? one.key }]
    })
    if (edits.length) onSaved({ ...batch, edits })
    for (const one of resaved) onSaved({ ...batch, edits: [one], closes: one.fault.id })
    return others
  }

  /** An edit that changes more than its lane's end has a transaction to itself. */
  const batchFor: Commits['batchFor'] = (wanted) => {
    const isShared = ({ account, closes, replaces, separately }: typeof wanted): boolean =>
      account === wanted.account && !closes && !replaces && !separately
    if (open && isShared(open) && isShared(wanted)) return open
    // Begins in a microtask at the earliest, so that edits made in one go share the transaction.
    const saved = idle.then(() => commit(batch))
    const batch: Batch = { ...wanted, label: nextLabel(), edits: [], saved }
    idle = saved.then(
      (oneByOne) => oneByOne && Promise.allSettled(oneByOne.values()),
      () => {},
    )
    return (open = batch)
  }

  return {
    batchFor,
    async idle() {
      for (let awaited; awaited !== idle;) await (awaited = idle)
    },
  }
}

/** `undefined`: not known now. */
async function isSaved(db: Database, account: string, editId: string): Promise<boolean | undefined> {
  try {
    return (await readFate(db, account, editId)) !== undefined
  } catch {
    return undefined
  }
}
