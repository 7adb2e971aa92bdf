// Pure: the words of the inspector. Each reason of each closed union has its sentence: a missing one is an error of types.
import type { InspectedPull } from '../client/inspect.js'
import type { StorageState } from '../live/live.js'
import type { LaneReason } from '../model/lane-reason.js'
import type { RecordKey } from '../model/record.js'

/** `you`: somebody has to do something. `stuck`: it goes on when something outside changes. `waits`: at a known time. `moves`: now. */
export type Tone = 'you' | 'stuck' | 'waits' | 'moves'

interface Words<R> {
  tone: Tone
  sentence(reason: R, nowMs: number): string
}

type Table = { readonly [I in LaneReason['is']]: Words<Extract<LaneReason, { is: I }>> }

const words = <R>(tone: Tone, sentence: Words<R>['sentence']): Words<R> => ({ tone, sentence })

const storages: { readonly [S in StorageState]: string } = {
  ok: 'works',
  healing: 'a lost connection to IndexedDB is being opened again',
  blocked: 'IndexedDB does not answer; a frozen tab may hold a transaction',
  lost: 'saved data are gone',
  volatile: 'nothing outlasts this window (private mode)',
  unavailable: 'this page can save nothing; the error of each call says why',
  full: 'the device has no room; edits are refused',
}

const heldByStorage: { readonly [S in Extract<LaneReason, { is: 'storage' }>['state']]: string } = {
  healing: 'Held: a lost connection to IndexedDB is being opened again',
  blocked: 'Held: IndexedDB does not answer',
  unavailable: 'Held: this page has no storage',
  full: 'Held: the device has no room',
}

/** By reason, in no order of urgency. */
export const laneWords: Table = {
  storage: words('stuck', ({ state }) => heldByStorage[state]),
  saving: words('moves', () => 'Being saved on this device'),
  'newer-version': words('you', () => 'Held: a newer version of the app wrote it; reload this page'),
  damaged: words('you', () => 'Held: its rows cannot be read any more'),
  'no-endpoint': words('you', () => 'Held: this client has no endpoint for its collection'),
  broken: words('you', () => 'Held: a defect stopped it; reload this page, and see `broken` in the events'),
  frozen: words('stuck', () => 'Held: the browser has frozen this page'),
  'older-data': words('waits', () => 'Waits until earlier requests are concluded; then it is migrated'),
  'session-ended': words('you', ({ kind, code }) => `Held: the session ended${codeOf(kind, code)}`),
  'no-token': words('you', () => 'Held: this tab does not have the token of the session; log in again'),
  credentials: words('waits', ({ dueAtMs }, nowMs) =>
    dueAtMs === undefined
      ? 'Waits for the app’s credentials'
      : `Waits for the app’s credentials: fetching them failed, next try ${inTime(dueAtMs, nowMs)}`,
  ),
  creation: words('stuck', ({ of, others }) => `Waits for ${nameOf(of)}${andMore(others)} to be created`),
  edits: words('stuck', ({ of, others }) => `Waits for earlier edits of ${nameOf(of)}${andMore(others)}`),
  'in-doubt': words('you', () => 'Held: its creation may have been made; retry or discard its fault'),
  offline: words(
    'waits',
    ({ dueAtMs }, nowMs) => `Waits for the network: the browser is offline, next try ${inTime(dueAtMs, nowMs)}`,
  ),
  network: words('waits', (reason, nowMs) => `Waits for the network: ${triesOf(reason, nowMs)}`),
  busy: words('waits', (reason, nowMs) => `Waits for the busy server: ${triesOf(reason, nowMs)}`),
  asked: words(
    'waits',
    ({ dueAtMs }, nowMs) => `Waits as long as the server asked (Retry-After): next try ${inTime(dueAtMs, nowMs)}`,
  ),
  configuration: words(
    'you',
    ({ kind, code, dueAtMs }, nowMs) =>
      `Held: the backend refuses this app${codeOf(kind, code)}, next try ${inTime(dueAtMs, nowMs)}`,
  ),
  failing: words(
    'waits',
    (reason, nowMs) => `Waits for the server, which fails for several records: ${triesOf(reason, nowMs)}`,
  ),
  server: words(
    'waits',
    (reason, nowMs) => `Waits for the server, which fails for this record: ${triesOf(reason, nowMs)}`,
  ),
  refused: words('waits', (reason, nowMs) => `Waits to make sure of a refusal: ${triesOf(reason, nowMs)}`),
  stale: words('waits', (reason, nowMs) => `Waits since the backend refuses its version: ${triesOf(reason, nowMs)}`),
  stalled: words('you', ({ dueAtMs }, nowMs) => `Held: no verdict for seven days, next try ${inTime(dueAtMs, nowMs)}`),
  sending: words('moves', ({ sinceMs }, nowMs) => `Its request has been out for ${forTime(nowMs - sinceMs)}`),
  abandoned: words(
    'waits',
    ({ dueAtMs }, nowMs) => `Waits until an earlier request can arrive no more: ${inTime(dueAtMs, nowMs)}`,
  ),
  checking: words('moves', () => 'Reads the record before it believes a refusal'),
  repeating: words('moves', () => 'Repeats a request that had no answer'),
  'look-back': words(
    'waits',
    ({ dueAtMs }, nowMs) => `Is read once more, for a late copy of a request: ${inTime(dueAtMs, nowMs)}`,
  ),
  'other-tab': words('moves', ({ tab }) => `Tab ${shortId(tab)} sends it: that tab has the lease`),
  next: words('moves', () => 'Is sent next'),
}

export function toneOf({ is }: LaneReason): Tone {
  return laneWords[is].tone
}

export function sentenceOf(reason: LaneReason, nowMs: number): string {
  return (laneWords[reason.is] as Words<LaneReason>).sentence(reason, nowMs)
}

export function storageSentence(state: StorageState): string {
  return storages[state]
}

/** The beginning and the end of a long id: ids that were made close in time begin alike. */
export function shortId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id
}

export function nameOf({ collection, id }: RecordKey): string {
  return `${collection} ${shortId(id)}`
}

export function forTime(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000))
  if (s < 100) return `${s} s`
  if (s < 6000) return `${Math.round(s / 60)} min`
  const h = Math.round(s / 3600)
  return h < 48 ? `${h} h` : `${Math.round(h / 24)} days`
}

function inTime(dueAtMs: number, nowMs: number): string {
  return dueAtMs <= nowMs ? 'now' : `in ${forTime(dueAtMs - nowMs)}`
}

function triesOf({ tries, dueAtMs }: { tries: number; dueAtMs: number }, nowMs: number): string {
  return `${tries === 1 ? '1 try' : `${tries} tries`}, next ${inTime(dueAtMs, nowMs)}`
}

function codeOf(kind: string, code: string | number | undefined): string {
  return ` (${kind}${code === undefined ? '' : ` ${code}`})`
}

function andMore(others: number): string {
  return others ? ` and ${others} more` : ''
}

export function pullSentence({ collection, state, atMs, received, failure }: InspectedPull, nowMs: number): string {
  const last = atMs
    ? `last ${forTime(nowMs - atMs)} ago${received === undefined ? '' : `, ${count(received, 'record')}`}`
    : 'never pulled'
  const why = failure
    ? `, failed (${failure.kind}${failure.code === undefined ? '' : ` ${failure.code}`}), is tried again`
    : ''
  return `${collection}: ${state === 'pulling' ? 'pulling now, ' : ''}${last}${why}`
}

export function count(n: number, of: string): string {
  return `${n} ${of}${n === 1 ? '' : 's'}`
}
