/*
 * The goals and the bounds of the benchmark. A bound has its reason with it: `docs/performance.md` and `DECISIONS.md` have the measurements. It
 * lies a margin above the figure that was measured last, since such figures differ from run to run.
 */

/** A row's metric, and the contender; Holdfast unless told otherwise. */
export type Figure = [id: string, contender?: string]

interface About {
  readonly work: string
  readonly of: Figure
  readonly most: number
  /** Only of a bound. */
  readonly because?: string
}

/** A ratio to another figure, or a figure by itself. */
export type Entry = About &
  (
    | { readonly than: Figure; readonly text: string }
    | {
        readonly unit: string
        /** By how much quicker or slower this machine is than the one on which it was set. */
        readonly isScaled?: true
      }
  )

const relaxed = 'holdfast relaxed'
const dearTransactions = 'The attempt and the settlement each wait for the disk, where the loop by hand waits once.'
const dearEdits = 'Each edit has an id, ancestors, a fate and a promise of its own.'
const moreCode = "A page that has just begun runs cold code, ours and Dexie's."

const PHONE: readonly Entry[] = [
  {
    work: 'slow disk: edit → durable',
    of: ['slow-disk-edit.durable'],
    most: 1.5,
    than: ['slow-disk-edit.durable', 'A'],
    text: 'A',
  },
  {
    work: 'slow disk: send 200 records',
    of: ['slow-disk-send.sent'],
    most: 2,
    than: ['slow-disk-send.sent', 'limit'],
    text: 'the limit',
    because: dearTransactions,
  },
  {
    work: 'slow disk: a refused edit rolled back',
    of: ['slow-disk-refused.undone'],
    most: 120,
    unit: 'ms',
    because: dearTransactions,
  },
  {
    work: 'slow processor: a page opens to its first view',
    of: ['slow-processor-open.shown'],
    most: 5,
    than: ['slow-processor-open.shown', 'A'],
    text: 'A',
    because: moreCode,
  },
  {
    work: 'the same, beside Dexie',
    of: ['slow-processor-open.shown', relaxed],
    most: 2.2,
    than: ['slow-processor-open.shown', 'Dexie'],
    text: "Dexie's",
    because: moreCode,
  },
  { work: 'slow processor: edit → seen', of: ['slow-processor-edit.seen'], most: 16, unit: 'ms' },
]

const EDITS: readonly Entry[] = [
  {
    work: 'edit → seen',
    of: ['edit.seen'],
    most: 0.1,
    than: ['edit.durable', 'A'],
    text: "A's durable write",
    because: 'The edit is checked, laid over the record and frozen; nobody sees a tenth of a millisecond.',
  },
  {
    work: 'edit → durable, strict',
    of: ['edit.durable'],
    most: 2.2,
    than: ['edit.durable', 'A'],
    text: 'A',
    because: 'Three entries are written for one: the edit, its label, and the row of version and counters.',
  },
  {
    work: 'edit → durable, relaxed',
    of: ['edit.durable', relaxed],
    most: 2.2,
    than: ['edit.durable', 'A relaxed'],
    text: 'A relaxed',
    because: 'The same three entries, and less time for the disk beside them.',
  },
  {
    work: '10,000 edits over 1,000 records',
    of: ['burst-many.durable'],
    most: 5,
    than: ['burst-many.durable', 'limit'],
    text: 'the limit',
    because: `${dearEdits} The bases of 1,000 records are read, and a row has one index more.`,
  },
  {
    work: 'the same: longest task',
    of: ['burst-many.longestTask'],
    most: 130,
    unit: 'ms',
    because: "An app's own loop makes the 10,000 calls in one task.",
  },
  {
    work: '10,000 edits of one record',
    of: ['burst-one.durable'],
    most: 7,
    than: ['burst-one.durable', 'limit'],
    text: 'the limit',
    because: dearEdits,
  },
  {
    work: 'the last of 1,000 edits, each sent before the next',
    of: ['settled.last'],
    most: 1.2,
    than: ['settled.first'],
    text: 'the first',
  },
  {
    work: '1,000 awaited',
    of: ['awaited.all'],
    most: 2.3,
    than: ['awaited.all', 'A'],
    text: "A's time",
    because: 'As of one durable edit, a thousand times.',
  },
  {
    work: 'edit → durable while 1,000 records are sent',
    of: ['draining.durable'],
    most: 2,
    than: ['edit.durable'],
    text: 'that offline',
  },
  {
    work: 'six tabs at once: edit → durable',
    of: ['tabs-typing.together'],
    most: 25,
    than: ['tabs-typing.alone'],
    text: 'one tab alone',
    because: 'Each tab reads what any other has committed, 720 times a second.',
  },
]

const SENDING: readonly Entry[] = [
  {
    work: 'send 1,000 records, 20 ms',
    of: ['send-20.sent'],
    most: 1.05,
    than: ['send-20.sent', 'limit'],
    text: 'the limit',
  },
  {
    work: 'send 1,000 records, 0 ms',
    of: ['send-0.sent'],
    most: 2,
    than: ['send-0.sent', 'limit'],
    text: 'the limit',
    because: 'Each record costs two rows more: its attempt before the request, and its fate after the answer.',
  },
  {
    work: 'make 1,000 records at once: durable',
    of: ['send-0.saved', 'holdfast creating'],
    most: 1.5,
    than: ['send-0.saved'],
    text: 'changing them',
  },
  {
    work: 'make 1,000 records at once: sent',
    of: ['send-0.sent', 'holdfast creating'],
    most: 1.5,
    than: ['send-0.sent'],
    text: 'changing them',
  },
  { work: 'send 1,000 records: bodies', of: ['send-0.bodies'], most: 15, unit: 'kB' },
  { work: 'send 1,000 edits of one record', of: ['send-one.requests'], most: 1, unit: 'request' },
  {
    work: 'send 1,000 edits of one record',
    of: ['send-one.sent'],
    most: 4,
    than: ['send-one.sent', 'limit'],
    text: 'the limit',
    because: dearTransactions,
  },
  {
    work: 'a refused edit rolled back',
    of: ['refused.undone'],
    most: 4,
    than: ['refused.undone', 'A'],
    text: 'A',
    because: `${dearTransactions} A refused request of several edits is halved.`,
  },
  {
    work: 'the same, beside TanStack',
    of: ['refused.undone', relaxed],
    most: 5,
    than: ['refused.undone', 'TanStack'],
    text: "TanStack's",
    because:
      'TanStack sends each edit by itself, so that it need not look for the guilty one, and takes it back in memory.',
  },
  {
    work: 'the same in a lane of 1,000, on the scale of the limit',
    of: ['refused-1000.undone'],
    most: 105,
    unit: 'ms',
    isScaled: true,
    because:
      'A refused request of several edits is halved until the guilty one is known, and each part has its attempt.',
  },
]

const STARTS: readonly Entry[] = [
  {
    work: 'reload with 10,000 queued: readable',
    of: ['reload-10000.readable'],
    most: 15,
    than: ['reload-10000.readable', 'A'],
    text: 'A',
    because: `${moreCode} Two transactions follow each other, of 30 ms in all.`,
  },
  {
    work: 'reload with 10,000 queued: sending',
    of: ['reload-10000.sending'],
    most: 2.5,
    than: ['reload-10000.sending', 'A'],
    text: 'A',
  },
  {
    work: 'reload with 100,000 queued: readable',
    of: ['reload-100000.readable'],
    most: 1.2,
    than: ['reload-100.readable'],
    text: 'that with 100 queued',
  },
  ...[10_000, 100_000].map((count): Entry => ({
    work: `heap with ${count.toLocaleString('en')} queued`,
    of: [`reload-${count}.heap`, relaxed],
    most: 2.7,
    than: [`reload-${count}.heap`, 'Dexie'],
    text: "Dexie's",
    because: 'Compiled code, the same for any queue. Only less code makes it smaller.',
  })),
]

const LISTS: readonly Entry[] = [
  ...[10_000, 100_000].map((count): Entry => ({
    work: `a list of ${count.toLocaleString('en')}: first rows after a reload`,
    of: [`list-${count}.first`, 'list'],
    most: 2.5,
    than: [`list-${count}.first`, 'getAll'],
    text: 'getAll and a loop',
  })),
  { work: 'a list of 10,000: one edit shown', of: ['list-10000.edit', 'list'], most: 1, unit: 'ms' },
  {
    work: 'a list of 10,000: one answer, main thread',
    of: ['list-10000.answer', 'list'],
    most: 7,
    unit: 'ms',
    because: 'Nearly all of it is the settlement and the next request, 22 requests to IndexedDB. The list adds 0.9 ms.',
  },
  { work: 'pull 10,000: longest task', of: ['list-pull.longestTask', 'list'], most: 50, unit: 'ms' },
  {
    work: 'one record shown, 100,000 in the database',
    of: ['list-look-100000.shown', 'list'],
    most: 1.2,
    than: ['list-look-1.shown', 'list'],
    text: 'that with one',
  },
]

/** In this order: a person feels the first rows most. */
export const ENTRIES: readonly Entry[] = [...PHONE, ...EDITS, ...SENDING, ...STARTS, ...LISTS]
