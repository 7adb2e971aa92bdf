// Pure: the inspector as it should look, from one inspection and the time.
import type { InspectedEdit, InspectedFault, InspectedLane, Inspection } from '../client/inspect.js'
import { type RecordKey, recordName } from '../model/record.js'
import type { Wanted } from './patch-tree.js'
import {
  count,
  forTime,
  nameOf,
  pullSentence,
  sentenceOf,
  shortId,
  storageSentence,
  type Tone,
  toneOf,
} from './sentences.js'

/** The calls of the buttons. */
export interface Acts {
  flush(): void
  copy(): void
  download(): void
  retry(faultId: string): void
  discardEdit(editId: string): void
  discardFault(faultId: string): void
  /** Absent: the inspector does not break answers. */
  breakNext?: ((trouble: string) => void) | undefined
}

export interface PanelState {
  inspection: Inspection | undefined
  /** By the client's clock. */
  nowMs: number
  /** The result of the last act, or why nothing is shown. */
  said: string
  /** The edit or fault of which discarding asks a second time. */
  asks: string | undefined
  allowsFaults: boolean
}

const order: readonly Tone[] = ['you', 'stuck', 'waits', 'moves']
const mostEdits = 5
const mostEvents = 30

/** The troubles of the next answer, by the word that the button gets. */
export const troubles: { readonly [word: string]: string } = {
  lose: 'is lost, and the server did it',
  cut: 'breaks off in its body',
  busy: 'is 429 with Retry-After: 30',
  fail: 'is 503 from a gateway',
  portal: 'is a captive portal’s page',
}

export function panel(shown: PanelState, acts: Acts): Wanted[] {
  const { inspection, said } = shown
  const parts = inspection ? whole(inspection, shown, acts) : []
  return [
    node('div', 'all', [
      node('div', 'bar', [
        node('h2', 'title', 'Holdfast inspector', { tabindex: '-1' }),
        button('flush', 'Flush', acts.flush, { title: 'Sends now all that can be sent' }),
        button('copy', 'Copy report', acts.copy),
        button('download', 'Download report', acts.download),
      ]),
      node('p', 'status', said, { role: 'status' }),
      ...parts,
    ]),
  ]
}

function whole(inspection: Inspection, shown: PanelState, acts: Acts): (Wanted | false)[] {
  const { lanes, faults, pulls, events } = inspection
  const sorted = [...lanes].sort((a, b) => order.indexOf(toneOf(a.reason)) - order.indexOf(toneOf(b.reason)))
  const edits = lanes.reduce((sum, lane) => sum + lane.edits.length, 0)
  return [
    heading(
      'lanes',
      lanes.length ? `Waiting: ${count(edits, 'edit')} of ${count(lanes.length, 'record')}` : 'Nothing waits',
    ),
    node(
      'ul',
      'lanes',
      sorted.map((lane) => laneCard(lane, shown, acts)),
      { role: 'list', 'aria-label': 'Records' },
    ),
    heading('faults', faults.length ? count(faults.length, 'open fault') : 'No open fault'),
    node(
      'ul',
      'faults',
      faults.map((fault) => faultCard(fault, shown, acts)),
      { role: 'list', 'aria-label': 'Faults' },
    ),
    shown.allowsFaults && heading('break', 'Break the next answer'),
    shown.allowsFaults && faultBar(acts),
    heading('state', 'State'),
    node('dl', 'state', stateOf(inspection, shown.nowMs)),
    pulls.length > 0 && heading('pulls', 'Pulls'),
    node(
      'ul',
      'pulls',
      pulls.map((pull) => node('li', pull.collection, pullSentence(pull, shown.nowMs))),
      {
        role: 'list',
        'aria-label': 'Pulls',
      },
    ),
    node('details', 'events', [
      node('summary', 'of', `Last events (${events.length})`),
      node(
        'ol',
        'list',
        events
          .slice(-mostEvents)
          .map(({ atMs, type, ...rest }, at) =>
            node('li', String(at), [
              node('code', 'text', `${forTime(shown.nowMs - atMs)} ago ${type} ${textOf(rest)}`),
            ]),
          ),
        { class: 'events', role: 'list' },
      ),
    ]),
  ]
}

function laneCard({ record, edits, tries, attempt, reason }: InspectedLane, shown: PanelState, acts: Acts): Wanted {
  const { nowMs } = shown
  const since = edits[1] && `, the oldest ${forTime(nowMs - edits[0]!.atMs)} ago`
  return node(
    'li',
    recordName(record),
    [
      node('p', 'why', sentenceOf(reason, nowMs), { class: 'why' }),
      node('p', 'of', [
        node('code', 'name', nameOf(record), { title: `${record.collection} ${record.id}` }),
        node('span', 'more', ` ${edits.length ? count(edits.length, 'edit') : 'no edit'}${since ?? ''}`, {
          class: 'soft',
        }),
      ]),
      (tries > 0 || attempt !== undefined) &&
        node(
          'p',
          'attempt',
          `${count(tries, 'request')}${attempt ? `; the last ${forTime(nowMs - attempt.atMs)} ago: ${attempt.op} of ${count(attempt.editIds.length, 'edit')}, ${endOf(attempt)}` : ''}`,
          { class: 'soft' },
        ),
      ...edits.slice(0, mostEdits).map((edit) => editRow(edit, shown, acts)),
      edits.length > mostEdits && node('p', 'rest', `and ${edits.length - mostEdits} more`, { class: 'soft' }),
    ],
    { class: `card ${toneOf(reason)}` },
  )
}

function endOf({ isOpen, isUnknown }: NonNullable<InspectedLane['attempt']>): string {
  return isOpen ? 'no answer yet' : isUnknown ? 'its outcome is unknown' : 'answered without a verdict'
}

function editRow({ id, op, properties, atMs }: InspectedEdit, { asks, nowMs }: PanelState, acts: Acts): Wanted {
  const names = properties.join(', ')
  return node(
    'div',
    `edit ${id}`,
    [
      node('span', 'what', `${op}${names && ` ${names}`}, ${forTime(nowMs - atMs)} ago`, { title: id }),
      discardButton(id, asks, () => acts.discardEdit(id), `edit ${shortId(id)}: ${op} ${names}`),
    ],
    { class: 'edit' },
  )
}

function faultCard(fault: InspectedFault, { asks, nowMs }: PanelState, acts: Acts): Wanted {
  const { id, kind, reason, code, status, op = 'update', record, properties, atMs } = fault
  const cause = [reason, code, status && `HTTP ${status}`].filter((one) => one !== undefined && one !== 0).join(', ')
  const name = nameOf(record)
  return node(
    'li',
    id,
    [
      node('p', 'why', `${kind}${cause && ` (${cause})`}`, { class: 'why' }),
      node('p', 'of', [
        node('code', 'name', name, { title: `${record.collection} ${record.id}` }),
        node('span', 'more', ` ${op} ${properties.join(', ')}, ${forTime(nowMs - atMs)} ago`, { class: 'soft' }),
      ]),
      node(
        'div',
        'acts',
        [
          button('retry', 'Retry', () => acts.retry(id), { 'aria-label': `Retry the fault of ${name}` }),
          discardButton(id, asks, () => acts.discardFault(id), `the fault of ${name}`),
        ],
        { class: 'bar' },
      ),
    ],
    { class: 'card you' },
  )
}

function stateOf(inspection: Inspection, nowMs: number): Wanted[] {
  const { session, storage, isRead, online, lease, tab, kept, database } = inspection
  const holder = lease
    ? `${lease.isHere ? 'this tab' : `tab ${shortId(lease.tab)}${lease.isHidden ? ', hidden' : ''}`}, heard ${forTime(nowMs - lease.beatAtMs)} ago`
    : 'no tab'
  const rows: readonly (readonly [string, string])[] = [
    ['Storage', storageSentence(storage) + (isRead ? '' : '; only this tab’s memory is shown')],
    [
      'Session',
      { 'signed-in': 'signed in', expired: 'ended: log in again', 'signed-out': 'nobody is logged in' }[session],
    ],
    ['Network', online ? 'the browser says online' : 'the browser says offline'],
    ['Lease', holder],
    ['This tab', shortId(tab)],
    ['Database', database],
    ...(kept ? [['Kept', `${count(kept, 'edit')} of other accounts: held until they log in`] as const] : []),
  ]
  return rows.flatMap(([name, text]) => [node('dt', name, name), node('dd', `${name} is`, text)])
}

function faultBar({ breakNext }: Acts): Wanted {
  if (!breakNext)
    return node('p', 'faults-off', 'Answers can be broken on a client that was opened with the fetch of `lossy`.', {
      class: 'soft',
    })
  return node(
    'div',
    'break',
    [
      node('span', 'of', 'It', { class: 'soft' }),
      ...Object.entries(troubles).map(([word, text]) =>
        button(word, text, () => breakNext(word), { 'aria-label': `The next answer ${text}` }),
      ),
    ],
    { class: 'bar', role: 'group', 'aria-label': 'Break the next answer' },
  )
}

function discardButton(key: string, asks: string | undefined, act: () => void, of: string): Wanted {
  const isAsking = asks === key
  return button(`discard ${key}`, isAsking ? 'Discard for good?' : 'Discard', act, {
    'aria-label': isAsking ? `Discard for good: ${of}` : `Discard ${of}`,
    'data-asks': isAsking,
  })
}

function button(key: string, text: string, on: () => void, is: Wanted['is'] = {}): Wanted {
  return { tag: 'button', key, on, children: text, is: { type: 'button', ...is } }
}

function heading(key: string, text: string): Wanted {
  return node('h3', key, text)
}

function node(
  tag: string,
  key: string,
  children: Wanted['children'] | (Wanted | false | undefined)[],
  is?: Wanted['is'],
): Wanted {
  return { tag, key, children, is: tag === 'div' && !is ? { class: key } : is }
}

/** A step without its type and time; of its record the short name. */
function textOf(rest: object): string {
  return Object.entries(rest)
    .map(([name, value]: [string, unknown]) =>
      name === 'key' ? nameOf(value as RecordKey) : `${name}=${JSON.stringify(value)}`,
    )
    .join(' ')
}
