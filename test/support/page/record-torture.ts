/*
 * A page that makes, changes and deletes records without pause from the moment it loads, and reports each edit that is saved.
 * `?life=` counts the browsers of the run; without it, the page only drains what is pending.
 */
import { filter, firstValueFrom, type Observable } from 'rxjs'
import { InvalidEditError, openClient, type Client } from '../../../src/index.js'
import { restEndpoints } from '../../../src/rest/endpoint.js'
import type { SavedRecordEdit } from '../../torture/record-judge.js'
import { valueOf } from '../../torture/judge.js'

/** A record that the pages know of. */
export interface KnownRecord {
  readonly collection: Collection
  readonly record: string
  readonly made: string
}

/** `jobs`: named by the device. `notes`: by the server, which knows keys; they name jobs. `marks`: found by a property. */
export type Collection = 'jobs' | 'notes' | 'marks'

/** The messages of the page over its socket. */
export type RecordSaid =
  | { readonly saved: SavedRecordEdit }
  /** About to delete a record; the page goes on once this came back. */
  | { readonly deleting: string }
  /** An edit that the client refused to save, or another event that must not be. */
  | { readonly failed: string }
  | { readonly signedOut: string }
  | { readonly storage: string }

interface Fields {
  id: string
  made: string
  text: string
  jobId?: string
}

declare global {
  var torturedRecords: Client<{ [name in Collection]: Fields }>
}

const parameters = new URLSearchParams(location.search)
const life = Number(parameters.get('life') ?? 0)
const socket = new WebSocket(parameters.get('report')!)
const say = (said: RecordSaid): void => socket.send(JSON.stringify(said))
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const below = (limit: number): number => Math.floor(Math.random() * limit)

/** Resolves with the next message that fits. */
const heard = <T>(fits: (message: T) => boolean): Promise<T> =>
  new Promise((resolve) => {
    const listener = ({ data }: MessageEvent<string>): void => {
      const message = JSON.parse(data) as T
      if (!fits(message)) return
      socket.removeEventListener('message', listener)
      resolve(message)
    }
    socket.addEventListener('message', listener)
  })

/** Records that a page has made, and that none was about to delete. */
let known: KnownRecord[] = []

async function create(value: string): Promise<void> {
  const jobs = known.filter(({ collection }) => collection === 'jobs')
  const kind = below(3)
  const collection = kind === 0 ? 'jobs' : kind === 1 && jobs.length ? 'notes' : 'marks'
  const job = collection === 'notes' ? { jobId: jobs[below(jobs.length)]!.record } : {}
  const { id, recordId } = await torturedRecords.collection(collection).create({ made: value, text: value, ...job })
  say({ saved: { id, op: 'create', collection, record: recordId, made: value, value } })
  known.push({ collection, record: recordId, made: value })
}

async function update(value: string): Promise<void> {
  const { collection, record, made } = known[known.length - 1 - below(Math.min(known.length, 12))]!
  const { id } = await torturedRecords.collection(collection).update(record, { text: value })
  say({ saved: { id, op: 'update', collection, record, made, value } })
}

/** Jobs stay, since notes name them. */
async function remove(value: string): Promise<void> {
  const own = known.slice(-12).filter(({ collection }) => collection !== 'jobs')
  const one = own[below(own.length)]
  if (!one) return create(value)
  known = known.filter((other) => other !== one)
  const { collection, record, made } = one
  const isHeard = heard<RecordSaid>((said) => 'deleting' in said && said.deleting === made)
  say({ deleting: made })
  await isHeard
  const { id } = await torturedRecords.collection(collection).delete(record)
  say({ saved: { id, op: 'delete', collection, record, made, value } })
}

async function edit(n: number): Promise<void> {
  const value = valueOf(life, n)
  const kind = known.length ? below(10) : 0
  try {
    await (kind < 4 ? create(value) : kind < 8 ? update(value) : remove(value))
  } catch (error) {
    // A deletion of before the kill was saved, and nobody was told.
    if (error instanceof InvalidEditError && error.code === 'deleted') return
    say({ failed: String(error) })
  }
}

async function live(): Promise<void> {
  const greeted = heard<KnownRecord[]>(Array.isArray)
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  known = await greeted
  globalThis.tortured = globalThis.torturedRecords = openClient({
    endpoints: restEndpoints({
      url: parameters.get('root')!,
      collections: {
        jobs: { ids: 'device' },
        notes: { ids: 'server', idempotencyKey: true, refs: { jobId: 'jobs' } },
        marks: { ids: 'server', clientKey: 'clientKey' },
      },
    }),
    requestTimeoutMs: 1_000,
  })
  torturedRecords.storage$.subscribe((state) => state !== 'ok' && say({ storage: state }))
  const session$ = torturedRecords.session$ as Observable<{ state: string }>
  const { state } = await firstValueFrom(session$.pipe(filter((session) => session.state !== 'opening')))
  if (state !== 'signed-in') {
    say({ signedOut: state })
    await torturedRecords.session.use('ann')
  }
  for (let n = 1; life > 0; n++) {
    void edit(n)
    // In bursts, at a trickle, and now and then with time to drain.
    if (Math.random() < 0.05) await pause(200)
    else if (Math.random() < 0.7) await pause(Math.random() * 25)
  }
}

live().catch((error: unknown) => say({ failed: String(error) }))
