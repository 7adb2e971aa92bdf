import { type Results, valueOf } from './results.js'

/** A goal: the figure that it is about, and what that may be at most, or at least. */
export interface Goal {
  readonly work: string
  readonly goal: string
  readonly figure: string
  readonly isMet: boolean
}

/** The limit's time for a durable edit when the absolute goals were set, in ms: the goals are scaled by it. */
const firstDurableMs = 1.3

/** The goals of which everything was measured. */
export function goalsOf(results: Results): Goal[] {
  const goals: Goal[] = []
  const value = (id: string, contender?: string): number | undefined => valueOf(results, id, contender)

  function ratio(
    work: string,
    [id, contender = 'holdfast']: [string, string?],
    most: number,
    than: [string, string],
    text: string,
  ): void {
    const [mine, theirs] = [value(id, contender), value(...than)]
    if (mine === undefined || theirs === undefined) return
    const times = mine / theirs
    goals.push({
      work,
      goal: `at most ${Number(most.toPrecision(3))} × ${text}`,
      figure: `${times.toFixed(2)} ×`,
      isMet: times <= most,
    })
  }
  function most(work: string, figure: number | undefined, limit: number, unit: string): void {
    if (figure === undefined) return
    const shown = `${Number(figure.toPrecision(3))} ${unit}`
    goals.push({ work, goal: `at most ${Number(limit.toPrecision(3))} ${unit}`, figure: shown, isMet: figure <= limit })
  }

  ratio('edit → seen', ['edit.seen'], 0.04, ['edit.durable', 'A'], "A's durable write")
  const peers = results.contenders.filter(({ isPeer }) => isPeer)
  const fastest = Math.min(...peers.map(({ name }) => value('edit.seen', name) ?? Infinity))
  const seen = value('edit.seen')
  if (seen !== undefined && Number.isFinite(fastest))
    goals.push({
      work: 'edit → seen',
      goal: 'faster than every peer',
      figure: `${seen.toFixed(3)} ms, the fastest peer ${fastest.toFixed(3)} ms`,
      isMet: seen < fastest,
    })
  ratio('edit → durable, strict', ['edit.durable'], 1.4, ['edit.durable', 'A'], 'A')
  ratio(
    'edit → durable, relaxed',
    ['edit.durable', 'holdfast relaxed'],
    1.4,
    ['edit.durable', 'A relaxed'],
    'A relaxed',
  )
  ratio('10,000 edits over 1,000 records', ['burst-many.durable'], 1.5, ['burst-many.durable', 'limit'], 'the limit')
  most('the same: longest task', value('burst-many.longestTask'), 50, 'ms')
  ratio('10,000 edits of one record', ['burst-one.durable'], 3, ['burst-one.durable', 'limit'], 'the limit')
  const early: [string, string] = ['settled.first', 'holdfast']
  ratio('the last of 1,000 edits, each sent before the next', ['settled.last'], 1.2, early, 'the first')
  ratio('1,000 awaited', ['awaited.all'], 1 / 0.75, ['awaited.all', 'A'], "A's time")
  ratio('send 1,000 records, 20 ms', ['send-20.sent'], 1.05, ['send-20.sent', 'limit'], 'the limit')
  ratio('send 1,000 records, 0 ms', ['send-0.sent'], 1, ['send-0.sent', 'limit'], 'the limit')
  const updating = (metric: string): [string, string] => [`send-0.${metric}`, 'holdfast']
  ratio(
    'make 1,000 records at once: durable',
    ['send-0.saved', 'holdfast creating'],
    1.5,
    updating('saved'),
    'changing them',
  )
  ratio(
    'make 1,000 records at once: sent',
    ['send-0.sent', 'holdfast creating'],
    1.5,
    updating('sent'),
    'changing them',
  )
  most('send 1,000 records: bodies', value('send-0.bodies'), 15, 'kB')
  most('send 1,000 edits of one record', value('send-one.requests'), 1, 'request')
  ratio('send 1,000 edits of one record', ['send-one.sent'], 1.5, ['send-one.sent', 'limit'], 'the limit')
  ratio('reload with 10,000 queued: readable', ['reload-10000.readable'], 2.2, ['reload-10000.readable', 'A'], 'A')
  ratio('reload with 10,000 queued: sending', ['reload-10000.sending'], 2.5, ['reload-10000.sending', 'A'], 'A')
  const flat: [string, string] = ['reload-100.readable', 'holdfast']
  ratio('reload with 100,000 queued: readable', ['reload-100000.readable'], 1.2, flat, 'that with 100 queued')
  ratio('heap with 10,000 queued', ['reload-10000.heap'], 1.2, ['reload-10000.heap', 'Dexie'], "Dexie's")
  ratio('heap with 100,000 queued', ['reload-100000.heap'], 1.2, ['reload-100000.heap', 'Dexie'], "Dexie's")
  ratio('a refused edit rolled back', ['refused.undone'], 2, ['refused.undone', 'A'], 'A')
  const scale = (value('edit.durable', 'limit') ?? NaN) / firstDurableMs
  if (Number.isFinite(scale))
    most('the same in a lane of 1,000, on the scale of the limit', value('refused-1000.undone'), 33 * scale, 'ms')
  for (const count of [10_000, 100_000]) {
    const what = `a list of ${count.toLocaleString('en')}`
    const row = `list-${count}`
    ratio(
      `${what}: first rows after a reload`,
      [`${row}.first`, 'list'],
      2.5,
      [`${row}.first`, 'getAll'],
      'getAll and a loop',
    )
    if (count > 10_000) continue
    most(`${what}: one edit shown`, value(`${row}.edit`, 'list'), 1, 'ms')
    most(`${what}: one answer, main thread`, value(`${row}.answer`, 'list'), 4, 'ms')
  }
  most('pull 10,000: longest task', value('list-pull.longestTask', 'list'), 50, 'ms')
  ratio(
    'one record shown, 100,000 in the database',
    ['list-look-100000.shown', 'list'],
    1.2,
    ['list-look-1.shown', 'list'],
    'that with one',
  )
  most('size of core and backendless', results.sizes.together / 1_000, 15, 'kB')
  most('the part of rxjs', results.sizes.rxjs / 1_000, 4, 'kB')
  return goals
}
