/* The table of reasons and sentences: each reason of the closed union has one, and says what it waits for. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { laneWords, pullSentence, sentenceOf, shortId, storageSentence } from '../../src/inspector/sentences.js'
import type { StorageState } from '../../src/live/live.js'
import type { LaneReason } from '../../src/model/lane-reason.js'
import { samplesOf, tableAfter, typeErrors } from '../support/samples.js'

const nowMs = 1_000_000_000
const due = { dueAtMs: nowMs + 14_000 }
const tries = { tries: 2, ...due }
const of = { collection: 'job', id: '018f3c6e-9d1b-7c2a-8f00-5a1b2c3d4e5f' }

/** By reason, a reason and its sentence: a missing one is an error of types. */
const table: { readonly [I in LaneReason['is']]: [Extract<LaneReason, { is: I }>, string] } = {
  storage: [{ is: 'storage', state: 'full' }, 'Held: the device has no room'],
  saving: [{ is: 'saving' }, 'Being saved on this device'],
  'newer-version': [{ is: 'newer-version' }, 'Held: a newer version of the app wrote it; reload this page'],
  damaged: [{ is: 'damaged' }, 'Held: its rows cannot be read any more'],
  'no-endpoint': [{ is: 'no-endpoint' }, 'Held: this client has no endpoint for its collection'],
  broken: [{ is: 'broken' }, 'Held: a defect stopped it; reload this page, and see `broken` in the events'],
  frozen: [{ is: 'frozen' }, 'Held: the browser has frozen this page'],
  'older-data': [{ is: 'older-data' }, 'Waits until earlier requests are concluded; then it is migrated'],
  'session-ended': [{ is: 'session-ended', kind: 'auth', code: 3064 }, 'Held: the session ended (auth 3064)'],
  'no-token': [{ is: 'no-token' }, 'Held: this tab does not have the token of the session; log in again'],
  credentials: [
    { is: 'credentials', ...due },
    'Waits for the app’s credentials: fetching them failed, next try in 14 s',
  ],
  creation: [{ is: 'creation', of, others: 0 }, 'Waits for job 018f…4e5f to be created'],
  edits: [{ is: 'edits', of, others: 2 }, 'Waits for earlier edits of job 018f…4e5f and 2 more'],
  'in-doubt': [{ is: 'in-doubt', faultId: 'f1' }, 'Held: its creation may have been made; retry or discard its fault'],
  offline: [{ is: 'offline', ...due }, 'Waits for the network: the browser is offline, next try in 14 s'],
  network: [{ is: 'network', ...tries }, 'Waits for the network: 2 tries, next in 14 s'],
  busy: [{ is: 'busy', ...tries, tries: 1 }, 'Waits for the busy server: 1 try, next in 14 s'],
  asked: [{ is: 'asked', ...tries }, 'Waits as long as the server asked (Retry-After): next try in 14 s'],
  configuration: [
    { is: 'configuration', kind: 'configuration', code: 2002, ...due },
    'Held: the backend refuses this app (configuration 2002), next try in 14 s',
  ],
  failing: [
    { is: 'failing', ...tries },
    'Waits for the server, which fails for several records: 2 tries, next in 14 s',
  ],
  server: [{ is: 'server', ...tries }, 'Waits for the server, which fails for this record: 2 tries, next in 14 s'],
  refused: [{ is: 'refused', ...tries }, 'Waits to make sure of a refusal: 2 tries, next in 14 s'],
  stale: [{ is: 'stale', ...tries }, 'Waits since the backend refuses its version: 2 tries, next in 14 s'],
  stalled: [
    { is: 'stalled', faultId: 'f1', dueAtMs: nowMs + 7_200_000 },
    'Held: no verdict for seven days, next try in 2 h',
  ],
  sending: [{ is: 'sending', sinceMs: nowMs - 3_000 }, 'Its request has been out for 3 s'],
  abandoned: [{ is: 'abandoned', ...due }, 'Waits until an earlier request can arrive no more: in 14 s'],
  checking: [{ is: 'checking' }, 'Reads the record before it believes a refusal'],
  repeating: [{ is: 'repeating' }, 'Repeats a request that had no answer'],
  'look-back': [{ is: 'look-back', ...due }, 'Is read once more, for a late copy of a request: in 14 s'],
  'other-tab': [{ is: 'other-tab', tab: 'a1b2c3d4e5f6a7b8' }, 'Tab a1b2…a7b8 sends it: that tab has the lease'],
  next: [{ is: 'next' }, 'Is sent next'],
}

const storages: { readonly [S in StorageState]: RegExp } = {
  ok: /works/,
  healing: /opened again/,
  blocked: /does not answer/,
  lost: /gone/,
  volatile: /private mode/,
  unavailable: /save nothing/,
  full: /no room/,
}

describe('the table of reasons and sentences', () => {
  it('has the same reasons as the inspector', () => {
    expect(Object.keys(laneWords).sort()).toEqual(Object.keys(table).sort())
  })

  it.each(Object.entries(table))('%s', (_, [reason, sentence]) => {
    expect(sentenceOf(reason, nowMs)).toBe(sentence)
  })

  it('has a sentence of its own for each reason', () => {
    const sentences = Object.values(table).map(([reason]) => sentenceOf(reason, nowMs))
    expect(new Set(sentences).size).toBe(sentences.length)
  })

  it('counts down to now, and not beyond', () => {
    expect(sentenceOf({ is: 'network', ...tries }, nowMs + 13_600)).toBe('Waits for the network: 2 tries, next in 0 s')
    expect(sentenceOf({ is: 'network', ...tries }, nowMs + 20_000)).toBe('Waits for the network: 2 tries, next now')
  })

  it.each(['healing', 'blocked', 'unavailable', 'full'] as const)('of storage that is %s', (state) => {
    expect(sentenceOf({ is: 'storage', state }, nowMs)).toMatch(/^Held: /)
  })

  it('says of each state of storage what it means', () => {
    for (const [state, words] of Object.entries(storages)) expect(storageSentence(state as StorageState)).toMatch(words)
  })

  it('says of each state of pulls what it means', () => {
    const collection = 'jobs'
    expect(pullSentence({ collection, state: 'never' }, nowMs)).toBe('jobs: never pulled')
    expect(pullSentence({ collection, state: 'pulling' }, nowMs)).toBe('jobs: pulling now, never pulled')
    expect(pullSentence({ collection, state: 'idle', atMs: nowMs - 60_000 * 3, received: 1 }, nowMs)).toBe(
      'jobs: last 3 min ago, 1 record',
    )
    const failure = { kind: 'server', code: 500 } as const
    expect(pullSentence({ collection, state: 'failed', atMs: nowMs - 5_000, failure }, nowMs)).toBe(
      'jobs: last 5 s ago, failed (server 500), is tried again',
    )
  })

  it('shortens an id in the middle: ids that were made close in time begin alike', () => {
    expect([shortId('42'), shortId(of.id)]).toEqual(['42', '018f…4e5f'])
  })
})

describe('docs/inspector.md', () => {
  const page = readFileSync('docs/inspector.md', 'utf8')

  it('has a row for each reason, with the beginning of its sentence', () => {
    const rows = tableAfter(page, '## The sentences').map(([reason, sentence]) => [
      reason!.replaceAll('`', ''),
      sentence!.split(' ')[0],
    ])
    const words = Object.entries(table).map(([is, [, sentence]]) => [is, sentence.split(' ')[0]])
    expect(new Map(rows as [string, string][])).toEqual(
      new Map([...words, ['other-tab', 'Another']] as [string, string][]),
    )
  })

  it('has samples that pass the type checker', { timeout: 60_000 }, () => {
    expect(typeErrors(samplesOf(page).map(({ code }) => code))).toEqual([])
  })
})
