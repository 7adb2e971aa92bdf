/* Each edit as a bar, made of the app's steps. Pure, and of a few bars: a page may stay open for days. */
import type { PendingEdit, TraceEvent } from 'holdfast/backendless'

export interface Attempt {
  fromMs: number
  toMs?: number
  /** Why it had no verdict. */
  failure?: string
}

export interface Bar {
  id: string
  key: { collection: string; id: string }
  op: 'create' | 'update' | 'delete'
  properties: readonly string[]
  savedAtMs: number
  /** The newest ones. `tries`: how many there were. */
  attempts: readonly Attempt[]
  tries: number
  /** It has been in the list of pending edits. */
  isListed?: boolean
  /** `elsewhere`: another tab, or the service worker, has sent it. */
  end?: { atMs: number; as: 'accepted' | 'refused' | 'taken back' | 'sent elsewhere' }
}

type Bars = readonly Bar[]

const mostBars = 12
const mostAttempts = 20

export function afterStep(bars: Bars, event: TraceEvent): Bars {
  const { atMs } = event
  if (event.type === 'failed')
    return change(
      bars,
      (bar) => isOf(bar, event.key) && !bar.end,
      (bar) => broken(bar, atMs, event.kind),
    )
  if (event.type === 'saved') return newest([...bars, ...newIn(bars, event)])
  if (event.type === 'sent')
    return change(newest([...bars, ...newIn(bars, event)]), ofEdits(event), (bar) => ({
      ...withAttempt(bar, { fromMs: atMs }),
      properties: event.properties,
    }))
  const as = ends.get(event.type)
  return as && 'editIds' in event ? change(bars, ofEdits(event), (bar) => settled(bar, atMs, as)) : bars
}

const ends: ReadonlyMap<TraceEvent['type'], NonNullable<Bar['end']>['as']> = new Map([
  ['accepted', 'accepted'],
  ['rejected', 'refused'],
  ['discarded', 'taken back'],
])

/** Takes up what waits from before, and ends what waits no more without a step of this tab. */
export function afterPending(bars: Bars, pending: readonly PendingEdit[], nowMs: number): Bars {
  const waiting = new Map(pending.map((edit) => [edit.id, edit]))
  const fromBefore = pending.filter(({ id }) => !has(bars, id)).slice(-mostBars)
  const known = bars.flatMap((bar, index): Bar[] => {
    const edit = waiting.get(bar.id)
    if (edit) return [{ ...bar, isListed: true, properties: Object.keys(edit.patch) }]
    if (bar.end || !bar.isListed || isUnderWay(bar)) return [bar]
    // The next key of the same field has replaced it.
    const isReplaced = bar.tries === 0 && bars.slice(index + 1).some((other) => isOf(other, bar.key))
    return isReplaced ? [] : [settled(bar, nowMs, 'sent elsewhere')]
  })
  const added = fromBefore.map(({ id, key, op, patch, atMs, attempts: tries }) => {
    return { id, key, op, properties: Object.keys(patch), savedAtMs: atMs, attempts: [], tries, isListed: true }
  })
  return newest([...added, ...known])
}

export const isUnderWay = ({ attempts }: Bar): boolean => {
  const last = attempts.at(-1)
  return last !== undefined && last.toMs === undefined
}

const has = (bars: Bars, wanted: string): boolean => bars.some(({ id }) => id === wanted)
const isOf = ({ key }: Bar, { collection, id }: Bar['key']): boolean => key.collection === collection && key.id === id
const ofEdits =
  ({ editIds }: { editIds: readonly string[] }) =>
  ({ id }: Bar): boolean =>
    editIds.includes(id)

function newIn(
  bars: Bars,
  { key, op, atMs, editIds }: Pick<Bar, 'key' | 'op'> & { atMs: number; editIds: readonly string[] },
): Bar[] {
  const added = editIds.filter((id) => !has(bars, id))
  return added.map((id) => ({ id, key, op, properties: [], savedAtMs: atMs, attempts: [], tries: 0 }))
}

function change(bars: Bars, isMeant: (bar: Bar) => boolean, to: (bar: Bar) => Bar): Bars {
  return bars.map((bar) => (isMeant(bar) ? to(bar) : bar))
}

function ended(bar: Bar, toMs: number, failure?: string): Bar {
  if (!isUnderWay(bar)) return bar
  const last = { ...bar.attempts.at(-1)!, toMs, ...(failure !== undefined && { failure }) }
  return { ...bar, attempts: [...bar.attempts.slice(0, -1), last] }
}

/** Before a change is sent, its record is read. Where that fails, the time of the failure is all that is known. */
function broken(bar: Bar, atMs: number, failure: string): Bar {
  if (isUnderWay(bar)) return ended(bar, atMs, failure)
  return withAttempt(bar, { fromMs: atMs, toMs: atMs, failure })
}

function withAttempt(bar: Bar, attempt: Attempt): Bar {
  return { ...bar, attempts: [...bar.attempts, attempt].slice(-mostAttempts), tries: bar.tries + 1 }
}

function settled(bar: Bar, atMs: number, as: NonNullable<Bar['end']>['as']): Bar {
  return { ...ended(bar, atMs), end: { atMs, as } }
}

/** Those that have ended go first. */
function newest(bars: Bars): Bars {
  const surplus = bars.length - mostBars
  if (surplus <= 0) return bars
  const inOrder = [...bars.filter(({ end }) => end), ...bars.filter(({ end }) => !end)]
  const gone = new Set(inOrder.slice(0, surplus))
  return bars.filter((bar) => !gone.has(bar))
}
