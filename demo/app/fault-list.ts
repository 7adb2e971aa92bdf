import type { Fault } from '../../src/backendless/index.js'
import { button, clockTime, element, panel, shown } from './elements.js'
import { attempt, type Note } from './event-log.js'
import type { DemoApp } from './profile.js'

/** The open faults: the values that were rolled back, the reasons, and the two ways on. */
export function faultList({ faults }: DemoApp, note: Note): HTMLElement {
  const list = element('ul', { class: 'cards' })
  const none = element('p', { class: 'hint' }, 'The server has refused nothing.')
  const all = panel('Faults', none, list)
  const close = async (closing: Promise<unknown>): Promise<void> => {
    if (await attempt(note, () => closing)) all.querySelector('h2')!.focus()
  }
  faults.open$.subscribe((open) => {
    none.hidden = open.length > 0
    list.replaceChildren(
      ...open.map((fault) => {
        const of = `of ${fault.properties.join(', ')}`
        return element(
          'li',
          { class: 'bad' },
          element('strong', {}, `${fault.kind}${fault.code === undefined ? '' : ` ${fault.code}`}`),
          element('p', {}, fault.message),
          valuesTable(fault),
          element(
            'p',
            { class: 'actions' },
            button('Try again', () => close(faults.retry(fault.id)), { 'aria-label': `Try again ${of}` }),
            button('Discard', () => close(faults.discard(fault.id)), { 'aria-label': `Discard ${of}` }),
          ),
          element('p', { class: 'hint' }, `Rolled back at ${clockTime(fault.atMs)}`),
        )
      }),
    )
  })
  return all
}

function valuesTable({ properties, base, mine, theirs }: Fault): HTMLElement {
  const head = ['', 'Before', 'Mine', 'Server'].map((title) => element('th', { scope: 'col' }, title))
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...head)),
    element(
      'tbody',
      {},
      ...properties.map((property) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, property),
          ...[base, mine].map((values) => element('td', {}, shown(values[property]))),
          element('td', {}, Object.hasOwn(theirs, property) ? shown(theirs[property]) : 'unknown'),
        ),
      ),
    ),
  )
}
