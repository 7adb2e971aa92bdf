/*
 * The page of the story of a job: an app on an ordinary HTTP API, which opens no vendor's service. The story drives its person
 * from outside, and the page reports its observations.
 */
import { filter, firstValueFrom, type Observable } from 'rxjs'
import { openClient, type Settlement } from '../../src/index.js'
import { restEndpoints } from '../../src/rest/endpoint.js'
import { tell, tellStatus } from './tell.js'

export interface Job {
  readonly id: string
  readonly title: string
}

export interface JobNote {
  readonly id: string
  readonly text: string
  readonly jobId: string
}

export interface MadeJob {
  readonly job: string
  readonly notes: readonly string[]
  readonly edits: readonly string[]
  /** The titles and texts in the views before `together` returned its promise. */
  readonly shownAtOnce: readonly (string | undefined)[]
  readonly savedAfterMs: number
}

export interface RecordsPage {
  /** Resolves when Ann is logged in. */
  readonly ready: Promise<void>
  /** Makes a job and its notes in one go. */
  make(title: string, texts: readonly string[]): Promise<MadeJob>
  /** Tells how these records stand, now and from now on; resolves with their titles and texts. */
  watch(made: Pick<MadeJob, 'job' | 'notes'>): Promise<(string | null | undefined)[]>
  change(note: string, text: string): Promise<string>
  remove(note: string): Promise<string>
  pending(): number
  faults(): { kind: string; message: string }[]
  /** Makes the job that was refused again, under another title. */
  amend(title: string): Promise<string>
  /** Sends all that can be sent. */
  flush(): Promise<void>
  outcome(edit: string): Promise<Settlement['outcome']>
}

declare global {
  var records: RecordsPage
}

const client = openClient<{ jobs: Job; notes: JobNote }>({
  endpoints: restEndpoints({
    url: new URLSearchParams(location.search).get('api')!,
    collections: { jobs: { ids: 'device' }, notes: { ids: 'device', refs: { jobId: 'jobs' } } },
  }),
  // After so long, a request of a browser that was killed is over.
  requestTimeoutMs: 3_000,
})
const jobs = client.collection('jobs')
const notes = client.collection('notes')

tellStatus(client.status$)
client.faults.events$.subscribe(({ fault }) => tell('fault', `${fault.kind}: ${fault.message}`))

/** Tells each state of a record under a name for the reader. */
const tellRow =
  (name: string) =>
  (row: { state: string; op?: string } | undefined): void => {
    if (row) tell('row', `${name}: ${row.state}${row.op === undefined ? '' : `, ${row.op}`}`)
  }

const told = new Set<string>()

/** Tells how a job and its notes stand, once each. */
function tellRows(job: string, ids: readonly string[]): void {
  for (const [index, id] of [job, ...ids].entries()) {
    if (told.has(id)) continue
    told.add(id)
    const tellIt = tellRow(index ? `note ${index}` : 'the job')
    if (index) notes.record(id).state$.subscribe(tellIt)
    else jobs.record(id).state$.subscribe(tellIt)
  }
}

globalThis.records = {
  ready: (async () => {
    const { state } = await firstValueFrom(
      (client.session$ as Observable<{ state: string }>).pipe(filter((session) => session.state !== 'opening')),
    )
    if (state !== 'signed-in') await client.session.use('ann')
  })(),
  async make(title, texts) {
    const calledAtMs = performance.now()
    const job = jobs.newId()
    const ids = texts.map(() => notes.newId())
    tellRows(job, ids)
    const saving = client.together(() => {
      void jobs.create({ title }, { id: job })
      for (const [index, text] of texts.entries()) void notes.create({ text, jobId: job }, { id: ids[index]! })
    })
    const shownAtOnce = [jobs.record(job).value$.value?.title, ...ids.map((id) => notes.record(id).value$.value?.text)]
    const edits = (await saving).map(({ id }) => id)
    return { job, notes: ids, edits, shownAtOnce, savedAfterMs: performance.now() - calledAtMs }
  },
  async watch(made) {
    tellRows(made.job, made.notes)
    return [
      (await jobs.get(made.job))?.title,
      ...(await Promise.all(made.notes.map(async (id) => (await notes.get(id))?.text))),
    ]
  },
  change: async (note, text) => (await notes.update(note, { text })).id,
  remove: async (note) => (await notes.delete(note)).id,
  pending: () => client.status$.value.pending,
  faults: () => client.faults.open$.value.map(({ kind, message }) => ({ kind, message })),
  async amend(title) {
    const refused = client.faults.open$.value.find(({ collection, op }) => collection === 'jobs' && op === 'create')!
    return (await client.faults.amend(refused.id, { title })).id
  },
  async flush() {
    await client.flush()
  },
  outcome: async (edit) => (await client.settlement(edit)).outcome,
}
